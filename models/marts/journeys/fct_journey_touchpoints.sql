-- As many rows as there are touchpoints, and all that they say lies in tables already.
{{ config(materialized='view') }}

with

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

users as (

    select * from {{ ref('int_users') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

)

select
    {{ journey_id('conversions.conversion_id', 'journeys.first_touchpoint_id') }}
        as journey_id,
    touchpoints.touchpoint_id,
    users.user_id,
    conversions.conversion_id,
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
inner join users on journeys.user_key = users.user_key
inner join campaigns on touchpoints.campaign_key = campaigns.campaign_key
left join conversions on journeys.conversion_key = conversions.conversion_key
