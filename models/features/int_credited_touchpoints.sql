{{ config(materialized='view') }}

-- The touchpoints of converting journeys, as fitted models know them.
select
    touchpoints.snapshot_key,
    snapshots.user_key,
    touchpoints.journey_key,
    -- The snapshot of a converting journey shows all of it.
    touchpoints.position,
    touchpoints.touch_count,
    touchpoints.channel_key,
    touchpoints.campaign_key,
    touchpoints.features,
    touchpoints.cost,
    touchpoints.is_click,
    touchpoints.days_before_cutoff
from {{ ref('int_snapshot_touchpoints') }} as touchpoints
inner join {{ ref('int_journey_snapshots') }} as snapshots
    on touchpoints.snapshot_key = snapshots.snapshot_key
where snapshots.is_converted and snapshots.is_latest
