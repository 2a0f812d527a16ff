-- Values far from the middle half of their kind, by Tukey's fences on the logarithm of
-- 1 + value, 2.2 interquartile ranges out (Hoaglin and Iglewicz 1987), and at least by
-- the factor 2: in a narrow middle, chance alone goes far in ranges.
with

sessions as (

    select
        *,
        max(ended_at) over (
            partition by user_id
            order by started_at, session_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_ended_at
    from {{ ref('stg_sessions') }}

),

days as (

    select
        user_id,
        count(*) as sessions
    from sessions
    group by user_id, cast({{ reporting_time('started_at') }} as date)

),

measured as (

    select
        'engagement_minutes' as measure,
        user_id,
        session_id,
        engagement_minutes as value
    from sessions
    where engagement_minutes is not null
    union all
    select
        'sessions_per_user' as measure,
        user_id,
        cast(null as string) as session_id,
        sum(sessions) as value
    from days
    group by user_id
    union all
    select
        'sessions_per_day' as measure,
        user_id,
        cast(null as string) as session_id,
        max(sessions) as value
    from days
    group by user_id

),

quartiles as (

    select
        measure,
        percentile_cont(0.25) within group (order by ln(1 + value)) as lower_quartile,
        percentile_cont(0.75) within group (order by ln(1 + value)) as upper_quartile
    from measured
    group by measure

),

factors as (

    select
        measure,
        exp(lower_quartile) as lower_edge,
        exp(upper_quartile) as upper_edge,
        greatest(exp(2.2 * (upper_quartile - lower_quartile)), 2) as factor
    from quartiles

),

-- Rounded, so that a value at a bound is at it. Few sessions are nothing odd.
bounds as (

    select
        measure,
        case
            when measure = 'engagement_minutes'
                then round(lower_edge / factor - 1, 9)
        end as lower_bound,
        round(upper_edge * factor - 1, 9) as upper_bound
    from factors

),

outliers as (

    select
        measured.measure,
        measured.user_id,
        measured.session_id,
        case
            when measured.value > bounds.upper_bound then 'above the upper bound'
            else 'below the lower bound'
        end as reason,
        measured.value,
        bounds.lower_bound,
        bounds.upper_bound
    from measured
    inner join bounds on measured.measure = bounds.measure
    where
        measured.value > bounds.upper_bound
        or measured.value < bounds.lower_bound
    union all
    select
        'overlap_minutes' as measure,
        user_id,
        session_id,
        'starts before an earlier session of the user ends' as reason,
        {{ days_between('started_at', 'earlier_ended_at') }} * 1440 as value,
        cast(null as double) as lower_bound,
        0 as upper_bound
    from sessions
    where started_at < earlier_ended_at

)

select * from outliers
