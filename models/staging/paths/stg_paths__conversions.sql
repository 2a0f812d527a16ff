-- A path that can't be read is one row here, to be rejected; so is the amount of a path
-- without a conversion.
with

journeys as (

    select * from {{ ref('stg_paths__journeys') }}

),

paths as (

    select * from {{ ref('stg_paths__paths') }}

),

conversions as (

    select
        user_id as conversion_id,
        user_id,
        revenue,
        timestamp '2000-01-01' as converted_at,
        cast(null as string) as problem
    from journeys
    where is_converted

),

unreadable as (

    select
        'path-' || path_id as conversion_id,
        path as user_id,
        conversion_value as revenue,
        null as converted_at,
        coalesce(problem, value_problem) as problem
    from paths
    where problem is not null or value_problem is not null

),

unioned as (

    select * from conversions
    union all
    select * from unreadable

)

select
    conversion_id,
    user_id,
    cast(null as string) as conversion_type,
    cast(null as string) as currency,
    cast(null as string) as refunded_conversion_id,
    cast(null as string) as is_new_customer,
    0 as row_hash,
    revenue,
    false as is_date_alone,
    converted_at,
    problem
from unioned
