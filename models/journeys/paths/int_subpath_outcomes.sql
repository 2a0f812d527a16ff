-- What came of the journeys that examples show, by what they show: all that models of
-- paths need to learn and to be chosen.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}
    where is_example

),

snapshot_paths as (

    select * from {{ ref('int_snapshot_paths') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    snapshot_paths.subpath_key,
    snapshots.split,
    snapshots.bucket,
    {{ exact_sum('snapshots.weight') }} as journeys,
    count(case when snapshots.is_converted then conversions.conversion_key end)
        as conversions,
    {{ exact_sum('case when snapshots.is_converted then conversions.revenue end') }}
        as revenue
from snapshots
inner join snapshot_paths on snapshots.snapshot_key = snapshot_paths.snapshot_key
inner join journeys on snapshots.journey_key = journeys.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
group by snapshot_paths.subpath_key, snapshots.split, snapshots.bucket
