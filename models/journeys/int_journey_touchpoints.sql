-- Without path transforms this is two joins: cheaper to repeat than to store for all.
{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- The touchpoints of each journey that the path transforms leave, in order.
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

segments as (

    select * from {{ ref('int_touchpoint_segments') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

step_0 as (

    select
        journeys.journey_key,
        journeys.conversion_key,
        touchpoints.user_position - journeys.first_user_position + 1 as position,
        journeys.untransformed_touch_count as touch_count,
        touchpoints.channel_key,
        touchpoints.campaign_key,
        touchpoints.touchpoint_id,
        touchpoints.interaction,
        touchpoints.features,
        touchpoints.cost,
        1 as repeats,
        touchpoints.occurred_at
    from touchpoints
    left join segments
        on
            touchpoints.user_key = segments.user_key
            and touchpoints.user_position = segments.user_position
    inner join journeys
        on
            touchpoints.user_key = journeys.user_key
            and coalesce(segments.segment, 0) = journeys.segment

),

{% set last = namespace(step=0) -%}
{% set columns = [
    'conversion_key', 'channel_key', 'campaign_key', 'touchpoint_id', 'interaction',
    'features', 'cost', 'occurred_at',
] | join(', ') -%}
{% for step in path_transform_steps() %}
    judged_{{ loop.index }} as (

        select
            journey_key,
            position,
            {{ columns }},
            {{ step.repeats }} as repeats,
            {{ step.keeps }} as is_kept
        from step_{{ last.step }}

    ),

    step_{{ loop.index }} as (

        select
            journey_key,
            row_number() over (partition by journey_key order by position) as position,
            count(*) over (partition by journey_key) as touch_count,
            {{ columns }},
            repeats
        from judged_{{ loop.index }}
        where is_kept

    ),
    {% set last.step = loop.index %}
{%- endfor %}

last_step as (

    select
        journey_key,
        position,
        touch_count,
        {{ columns }},
        repeats
    from step_{{ last.step }}

)

select * from last_step
