-- What came of each path, by split and by bucket of users: all that the models of paths
-- need, in far fewer rows than there are journeys.
with

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    journey_paths.path_key,
    splits.split,
    splits.bucket,
    count(*) as journeys,
    count(journeys.conversion_key) as conversions,
    {{ exact_sum('conversions.revenue') }} as revenue
from journey_paths
inner join journeys on journey_paths.journey_key = journeys.journey_key
inner join splits on journeys.journey_key = splits.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
group by journey_paths.path_key, splits.split, splits.bucket
