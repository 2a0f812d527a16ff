-- Distributions in long form: a measure, its values, and the journeys with each.
with

paths as (

    select * from {{ ref('fct_paths') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

touch_counts as (

    select
        'touch_count' as measure,
        touch_count as value,
        cast(sum(journeys) as bigint) as journeys,
        cast(sum(conversions) as bigint) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from paths
    group by touch_count

),

-- Rounded down: a conversion 23 hours after the first touchpoint takes 0 days.
durations as (

    select
        cast(
            floor({{ days_between('journeys.started_at', 'conversions.converted_at') }})
            as bigint
        ) as days,
        conversions.revenue
    from journeys
    inner join conversions on journeys.conversion_key = conversions.conversion_key
    where journeys.started_at is not null

),

days_to_convert as (

    select
        'days_to_convert' as measure,
        days as value,
        count(*) as journeys,
        count(*) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from durations
    group by days

),

unioned as (

    select * from touch_counts
    union all
    select * from days_to_convert

)

select
    measure,
    value,
    journeys,
    conversions,
    journeys - conversions as nulls,
    revenue,
    -- Of journeys that convert by definition, a rate says nothing.
    case when measure = 'touch_count' then conversions / cast(journeys as double) end
        as conversion_rate,
    journeys / cast(sum(journeys) over (partition by measure) as double)
        as journey_share,
    sum(journeys) over (
        partition by measure
        order by value
        rows between unbounded preceding and current row
    ) / cast(sum(journeys) over (partition by measure) as double) as cumulative_share
from unioned
