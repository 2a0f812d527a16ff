-- The path of each journey as text.
with

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

{% if 'frequency' in setting('path_transforms') -%}
    labels as (

        select distinct
            touchpoints.channel_key,
            touchpoints.repeats,
            {{ escaped_channel('campaigns.channel') }}
            || '(' || cast(touchpoints.repeats as varchar) || ')' as label
        from touchpoints
        inner join {{ ref('int_campaigns') }} as campaigns
            on touchpoints.campaign_key = campaigns.campaign_key

    ),

    labelled as (

        select
            touchpoints.journey_key,
            touchpoints.position,
            dense_rank() over (order by labels.label) as label_key,
            labels.label
        from touchpoints
        inner join labels
            on
                touchpoints.channel_key = labels.channel_key
                and touchpoints.repeats = labels.repeats

    ),
{%- else -%}
    labelled as (

        select
            journey_key,
            position,
            channel_key as label_key
        from touchpoints

    ),
{%- endif %}

names as (

    select list(label order by label_key) as names
    from (
        {% if 'frequency' in setting('path_transforms') -%}
            select distinct
                label_key,
                label
            from labelled
        {%- else -%}
            select distinct
                channel_key as label_key,
                {{ escaped_channel('channel') }} as label
            from {{ ref('int_campaigns') }}
        {%- endif %}
    ) as distinct_labels

),

keys as (

    select
        journey_key,
        count(*) as touch_count,
        {{ ordered_list('label_key', 'position') }} as label_keys
    from labelled
    group by journey_key

)

select
    keys.journey_key,
    keys.touch_count,
    array_to_string(
        list_transform(keys.label_keys, k -> names.names[k]), ' > '
    ) as path
from keys
cross join names
