{{ config(materialized='view') }}

-- The touchpoints that the additive hazard gives credit to.
select
    journey_key,
    position,
    conversion_key,
    channel_key,
    campaign_key,
    occurred_at
from {{ ref('int_converting_touchpoints') }}
where {{ any_asked_for(['additive_hazard']) }}
