-- The touchpoints that share credit: those of converting journeys.
select
    journey_key,
    position,
    touch_count,
    conversion_key,
    channel_key,
    campaign_key,
    touchpoint_id,
    interaction,
    cost,
    repeats,
    occurred_at
from {{ ref('int_journey_touchpoints') }}
where conversion_key is not null
