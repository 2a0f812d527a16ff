-- A table: after a build of a part, a view would show today's journeys with the
-- probabilities of yesterday's.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}

),

scores as (

    select * from {{ ref('int_snapshot_scores') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    {{ journey_id('conversions.conversion_id', 'journeys.first_touchpoint_id') }}
        as journey_id,
    scores.fitted_model,
    snapshots.split,
    scores.conversion_probability,
    snapshots.is_converted
from snapshots
inner join scores on snapshots.snapshot_key = scores.snapshot_key
inner join journeys on snapshots.journey_key = journeys.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
where snapshots.is_latest
