with

journeys as (

    select * from {{ ref('int_journeys') }}

),

paths as (

    select * from {{ ref('int_journey_paths') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    paths.path,
    max(paths.touch_count) as touch_count,
    count(*) as journeys,
    count(journeys.conversion_key) as conversions,
    count(*) - count(journeys.conversion_key) as nulls,
    {{ exact_sum('conversions.revenue') }} as revenue,
    count(journeys.conversion_key) / cast(count(*) as double) as conversion_rate
from paths
inner join journeys on paths.journey_key = journeys.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
group by paths.path
