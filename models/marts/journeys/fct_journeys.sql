with

journeys as (

    select * from {{ ref('int_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

users as (

    select * from {{ ref('int_users') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    {{ journey_id('conversions.conversion_id', 'journeys.first_touchpoint_id') }}
        as journey_id,
    users.user_id,
    conversions.conversion_id,
    paths.path,
    coalesce(journey_paths.touch_count, 0) as touch_count,
    conversions.revenue,
    {{ days_between('journeys.started_at', 'conversions.converted_at') }}
        as days_to_convert,
    journeys.conversion_key is not null as is_converted,
    journeys.started_at,
    coalesce(conversions.converted_at, journeys.last_touched_at) as ended_at
from journeys
inner join users on journeys.user_key = users.user_key
left join conversions on journeys.conversion_key = conversions.conversion_key
left join journey_paths on journeys.journey_key = journey_paths.journey_key
left join paths on journey_paths.path_key = paths.path_key
