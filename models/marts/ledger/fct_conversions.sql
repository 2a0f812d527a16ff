with

conversions as (

    select * from {{ ref('int_conversions') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

paths as (

    select * from {{ ref('int_journey_paths') }}

),

untouched as (

    select
        conversions.conversion_key,
        conversions.user_key,
        conversions.converted_at
    from conversions
    inner join journeys on conversions.conversion_key = journeys.conversion_key
    where journeys.untransformed_touch_count = 0

),

-- A touchpoint comes before a conversion of its instant.
instants as (

    select
        conversion_key,
        user_key,
        1 as is_conversion,
        converted_at as happened_at,
        cast(null as timestamp) as touched_at
    from untouched
    union all
    select
        cast(null as bigint) as conversion_key,
        user_key,
        0 as is_conversion,
        occurred_at as happened_at,
        occurred_at as touched_at
    from {{ ref('int_touchpoints') }}
    where user_key in (select untouched.user_key from untouched)

),

near_misses as (

    select
        conversion_key,
        happened_at as converted_at,
        max(touched_at) over (
            partition by user_key
            order by happened_at, is_conversion
            rows between unbounded preceding and current row
        ) as last_touched_at,
        max(touched_at) over (partition by user_key) is not null as has_touchpoints
    from instants

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
    case
        when paths.touch_count is not null then null
        when journeys.untransformed_touch_count > 0
            then 'path_transforms leave no touchpoint'
        when conversions.user_id is null then 'no user'
        when not near_misses.has_touchpoints then 'no touchpoint'
        when near_misses.last_touched_at is null then 'touchpoints come later'
        when
            {{ in_lookback('near_misses.last_touched_at', 'near_misses.converted_at') }}
            then 'touchpoints led to an earlier conversion'
        else 'touchpoints are older than the lookback'
    end as unattributed_reason,
    conversions.is_new_customer,
    conversions.converted_at
from conversions
inner join journeys on conversions.conversion_key = journeys.conversion_key
left join paths on journeys.journey_key = paths.journey_key
left join near_misses on conversions.conversion_key = near_misses.conversion_key
