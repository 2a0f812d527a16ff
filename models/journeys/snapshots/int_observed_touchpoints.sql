{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- What the path transforms leave of the touchpoints that are known at a cutoff. They
-- see no further than the cutoff: of a whole null journey they would know what came
-- later.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

-- Few snapshots carry over the last touchpoints of the journey before.
bounds as (

    select
        *,
        journey_key as observed_journey_key,
        greatest(first_position, 1) as observed_first_position,
        last_position as observed_last_position,
        1 - first_position as positions_before
    from snapshots
    union all
    select
        snapshots.*,
        snapshots.earlier_journey_key as observed_journey_key,
        earlier.untransformed_touch_count + snapshots.first_position
            as observed_first_position,
        earlier.untransformed_touch_count as observed_last_position,
        1 - snapshots.first_position - earlier.untransformed_touch_count
            as positions_before
    from snapshots
    inner join journeys as earlier
        on snapshots.earlier_journey_key = earlier.journey_key

),

observed as (

    select
        bounds.snapshot_key,
        bounds.journey_key,
        touchpoints.position + bounds.positions_before as position,
        bounds.last_position - bounds.first_position + 1 as touch_count,
        touchpoints.channel_key,
        touchpoints.campaign_key,
        touchpoints.interaction,
        touchpoints.features,
        touchpoints.cost,
        1 as repeats,
        touchpoints.occurred_at,
        bounds.cutoff_at,
        bounds.at_risk_until
    from bounds
    inner join touchpoints
        on
            bounds.observed_journey_key = touchpoints.journey_key
            and bounds.observed_first_position <= touchpoints.position
            and bounds.observed_last_position >= touchpoints.position

),

{{ path_transform_ctes(
    'observed',
    'snapshot_key',
    [
        'journey_key', 'channel_key', 'campaign_key', 'interaction', 'features', 'cost',
        'occurred_at', 'cutoff_at', 'at_risk_until',
    ],
) }}

select
    snapshot_key,
    journey_key,
    position,
    touch_count,
    channel_key,
    campaign_key,
    interaction,
    features,
    cost,
    occurred_at,
    cutoff_at,
    at_risk_until
from transformed
