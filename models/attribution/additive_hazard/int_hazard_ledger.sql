{{ config(materialized='view') }}

-- The touchpoints that the additive hazard gives credit to.
select
    conversions.user_key,
    touchpoints.journey_key,
    touchpoints.position,
    touchpoints.touch_count,
    touchpoints.conversion_key,
    touchpoints.channel_key,
    touchpoints.campaign_key,
    touchpoints.occurred_at,
    conversions.is_sampled
from {{ ref('int_converting_touchpoints') }} as touchpoints
inner join {{ ref('int_hazard_conversions') }} as conversions
    on touchpoints.conversion_key = conversions.conversion_key
