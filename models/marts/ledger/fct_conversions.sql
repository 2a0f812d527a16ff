with

conversions as (

    select * from {{ ref('int_conversions') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

paths as (

    select * from {{ ref('int_journey_paths') }}

)

select
    conversions.conversion_id,
    conversions.user_id,
    conversions.conversion_type,
    conversions.revenue,
    conversions.refunds,
    conversions.revenue - conversions.refunds as net_revenue,
    coalesce(paths.touch_count, 0) as touch_count,
    paths.touch_count is not null as is_attributed,
    conversions.converted_at
from conversions
inner join journeys on conversions.conversion_key = journeys.conversion_key
left join paths on journeys.journey_key = paths.journey_key
