{{ config(materialized='view') }}

with

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

journeys as (

    select * from {{ ref('journeys') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

)

select
    journeys.journey_id,
    touchpoints.touchpoint_id,
    journeys.user_id,
    journeys.conversion_id,
    campaigns.channel,
    campaigns.campaign,
    touchpoints.interaction,
    touchpoints.position,
    touchpoints.touch_count,
    touchpoints.cost,
    -- The sequence models read the last touchpoints of a journey only.
    touchpoints.position > touchpoints.touch_count - {{ var('max_touches') }}
        as is_in_sequence,
    touchpoints.occurred_at
from touchpoints
inner join journeys on touchpoints.journey_key = journeys.journey_key
inner join campaigns on touchpoints.campaign_key = campaigns.campaign_key
