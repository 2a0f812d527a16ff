{% macro path_transform_steps(key) -%}
    {#- What each step keeps, as a window over the touchpoints of a journey. -#}
    {% set journey = 'partition by ' ~ key %}
    {% set in_order = journey ~ ' order by position' %}
    {% set of_channel = journey ~ ', channel_key order by position' %}
    {% set steps = [] %}
    {% for transform in setting('path_transforms') %}
        {% set name = transform if transform is string else transform.keys() | first %}
        {% for channel in ([none] if transform is string else transform[name]) %}
            {#- The channel of a removal, looked up once: keys stand for names here. -#}
            {% set removed %}
                coalesce(channel_key = (
                    select max(channel_key) from {{ ref('int_campaigns') }}
                    where channel = '{{ (channel or '') | replace("'", "''") }}'
                ), false)
            {% endset %}
            {% set all_removed = 'bool_and(' ~ removed ~ ') over (' ~ journey ~ ')' %}
            {% set keeps = {
                'exposure':
                    'lag(channel_key) over (' ~ in_order ~ ') is distinct from channel_key',
                'unique': 'row_number() over (' ~ of_channel ~ ' desc) = 1',
                'first': 'row_number() over (' ~ of_channel ~ ') = 1',
                'frequency': 'row_number() over (' ~ of_channel ~ ') = 1',
                'remove_if_not_all': 'not ' ~ removed ~ ' or ' ~ all_removed,
                'remove_if_last_and_not_all':
                    'bool_or(not ' ~ removed ~ ') over (' ~ in_order
                    ~ ' rows between current row and unbounded following) or '
                    ~ all_removed,
            } %}
            {% do steps.append({
                'keeps': keeps[name],
                'repeats': 'count(*) over (' ~ journey ~ ', channel_key)'
                    if name == 'frequency' else 'repeats',
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(steps) }}
{%- endmacro %}
