{{ config(materialized='view') }}

-- How the input records conversions: as touchpoints or apart from them; to the day
-- or finer. Dates meet by chance, so nine in ten conversions must have a touchpoint on
-- theirs before that makes them touchpoints.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

data_ends as (

    select max(last_touched_at) as ended_at
    from journeys
    union all
    select max(converted_at) as ended_at
    from conversions

),

touched as (

    select
        coalesce(
            avg(
                case
                    when journeys.last_touched_at = conversions.converted_at then 1e0
                    else 0e0
                end
            ),
            0e0
        ) as share,
        coalesce(
            bool_and(
                conversions.converted_at = cast(conversions.converted_at as date)
                and journeys.last_touched_at = cast(journeys.last_touched_at as date)
            ),
            false
        ) as have_dates_alone
    from journeys
    inner join conversions on journeys.conversion_key = conversions.conversion_key
    where journeys.untransformed_touch_count > 0

)

select
    case when have_dates_alone and share < 0.9 then 0e0 else share end
        as touchpoint_share,
    case when have_dates_alone then 86400000000 else 1 end as time_grain,
    (select max(data_ends.ended_at) from data_ends) as data_ended_at
from touched
