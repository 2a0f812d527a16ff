-- What came of the journeys that examples show, by what they show: all that models of
-- paths need to learn and to be chosen.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}
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
    cuts.split,
    cuts.bucket,
    {{ exact_sum('cuts.weight') }} as journeys,
    count(case when cuts.is_converted then conversions.conversion_key end)
        as conversions,
    {{ exact_sum('case when cuts.is_converted then conversions.revenue end') }}
        as revenue
from cuts
inner join snapshot_paths on cuts.cut_key = snapshot_paths.cut_key
inner join journeys on cuts.journey_key = journeys.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
group by snapshot_paths.subpath_key, cuts.split, cuts.bucket
