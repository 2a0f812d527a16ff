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

-- What the users of untouched conversions have touched at all.
near_misses as (

    select
        conversions.conversion_key,
        max(
            case
                when touchpoints.occurred_at <= conversions.converted_at then 1 else 0
            end
        ) as come_before,
        max(
            case
                when
                    {{ in_lookback(
                        'touchpoints.occurred_at', 'conversions.converted_at'
                    ) }}
                    then 1
                else 0
            end
        ) as are_in_lookback
    from conversions
    inner join journeys
        on
            conversions.conversion_key = journeys.conversion_key
            and journeys.untransformed_touch_count = 0
    inner join {{ ref('int_touchpoints') }} as touchpoints
        on conversions.user_key = touchpoints.user_key
    group by conversions.conversion_key

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
        when near_misses.conversion_key is null then 'no touchpoint'
        when near_misses.come_before = 0 then 'touchpoints come later'
        when near_misses.are_in_lookback = 0
            then 'touchpoints are older than the lookback'
        else 'touchpoints led to an earlier conversion'
    end as unattributed_reason,
    conversions.is_new_customer,
    conversions.converted_at
from conversions
inner join journeys on conversions.conversion_key = journeys.conversion_key
left join paths on journeys.journey_key = paths.journey_key
left join near_misses on conversions.conversion_key = near_misses.conversion_key
