-- Two joins: cheaper to repeat than to store for all.
{{ config(materialized='view') }}

-- The touchpoints of each journey in order, before path transforms.
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

segments as (

    select * from {{ ref('int_touchpoint_segments') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

)

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
