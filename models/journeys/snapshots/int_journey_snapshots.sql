-- Where fitted models look at journeys, to learn and to be evaluated
-- (docs/evaluation.md): converting journeys are seen at their conversion, and at a
-- moment before it as ones that didn't convert; null journeys, and those that convert
-- after all that is known, at the moment they drew. Beside that, each
-- journey is seen as it stands, to be scored.
with

null_journeys as (

    select
        *,
        not converts_later
        and first_position = current_first_position
        and last_position = current_last_position
        -- What a touchpoint at the very instant is known by is less.
        and (drawn_at = last_touched_at) = (current_at = current_last_touched_at)
            as is_latest
    from {{ ref('int_null_journey_snapshots') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

snapshots as (

    select
        journey_key,
        earlier_journey_key,
        first_position,
        last_position,
        weight,
        false as is_converted,
        true as is_example,
        is_latest,
        is_open,
        started_at,
        last_touched_at,
        drawn_at as cutoff_at,
        cast(null as timestamp) as at_risk_until
    from null_journeys
    union all
    select
        journey_key,
        cast(null as bigint) as earlier_journey_key,
        current_first_position as first_position,
        current_last_position as last_position,
        0.0 as weight,
        false as is_converted,
        false as is_example,
        true as is_latest,
        is_open,
        current_started_at as started_at,
        current_last_touched_at as last_touched_at,
        current_at as cutoff_at,
        at_risk_until
    from null_journeys
    where not is_latest and not converts_later
    union all
    select
        journeys.journey_key,
        cast(null as bigint) as earlier_journey_key,
        1 as first_position,
        journeys.untransformed_touch_count as last_position,
        case when splits.observed_until is null then 1.0 else 0.0 end as weight,
        true as is_converted,
        splits.observed_until is null as is_example,
        true as is_latest,
        false as is_open,
        journeys.started_at,
        journeys.last_touched_at,
        conversions.converted_at as cutoff_at,
        cast(null as timestamp) as at_risk_until
    from journeys
    inner join conversions on journeys.conversion_key = conversions.conversion_key
    left join splits
        on
            journeys.journey_key = splits.journey_key
            and conversions.converted_at >= splits.observed_until
    where journeys.untransformed_touch_count > 0

)

select
    -- At most one of each kind: keys of journeys leave room for four.
    snapshots.journey_key
    + case when snapshots.is_example then 2 else 0 end
    + case when snapshots.is_converted then 1 else 0 end as snapshot_key,
    snapshots.journey_key,
    snapshots.earlier_journey_key,
    journeys.user_key,
    splits.split,
    splits.bucket,
    snapshots.first_position,
    snapshots.last_position,
    snapshots.weight,
    snapshots.is_converted,
    snapshots.is_example,
    snapshots.is_latest,
    snapshots.is_open,
    snapshots.started_at,
    snapshots.last_touched_at,
    snapshots.cutoff_at,
    snapshots.at_risk_until
from snapshots
inner join journeys on snapshots.journey_key = journeys.journey_key
inner join splits on snapshots.journey_key = splits.journey_key
