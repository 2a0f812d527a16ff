{% macro path_transform_ctes(source, key, columns) -%}
    {#- Each step has two: one evaluates what it keeps, one numbers what is left. -#}
    {% set steps = path_transform_steps(key) %}
    {% set columns = columns | join(', ') %}
    {% for step in steps %}
        {% set last = source if loop.first else 'step_' ~ (loop.index - 1) %}
        evaluated_{{ loop.index }} as (

            select
                {{ key }},
                position,
                {{ columns }},
                {{ step.repeats }} as repeats,
                {{ step.keeps }} as is_kept
            from {{ last }}

        ),

        step_{{ loop.index }} as (

            select
                {{ key }},
                cast(row_number() over (partition by {{ key }} order by position) as bigint) as position,
                count(*) over (partition by {{ key }}) as touch_count,
                {{ columns }},
                repeats
            from evaluated_{{ loop.index }}
            where is_kept

        ),
    {% endfor %}
    transformed as (

        select * from {{ 'step_' ~ steps | length if steps else source }}

    )
{%- endmacro %}
