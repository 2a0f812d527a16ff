-- depends_on: {{ ref('int_journey_touchpoints') }}
-- Without path transforms int_journeys knows all this already.
{{ config(materialized='table' if setting('path_transforms') else 'view') }}

with

spans as (

    {% if setting('path_transforms') -%}
        select
            journey_key,
            count(*) as touch_count,
            min(occurred_at) as started_at,
            max(occurred_at) as last_touched_at
        from {{ ref('int_journey_touchpoints') }}
        group by journey_key
    {%- else -%}
        select
            journey_key,
            untransformed_touch_count as touch_count,
            started_at,
            last_touched_at
        from {{ ref('int_journeys') }}
        where untransformed_touch_count > 0
    {%- endif %}

)

select * from spans
