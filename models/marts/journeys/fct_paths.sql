with

outcomes as (

    select * from {{ ref('int_path_outcomes') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

totals as (

    select
        path_key,
        cast(sum(journeys) as bigint) as journeys,
        cast(sum(conversions) as bigint) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from outcomes
    group by path_key

)

select
    paths.path,
    paths.touch_count,
    totals.journeys,
    totals.conversions,
    totals.journeys - totals.conversions as nulls,
    totals.revenue,
    totals.journeys / cast(sum(totals.journeys) over () as double) as journey_share,
    totals.conversions / cast(totals.journeys as double) as conversion_rate,
    -- Only paths that convert have a rank.
    case
        when totals.conversions > 0
            then cast(row_number() over (
                order by totals.conversions desc, totals.journeys asc, paths.path asc
            ) as bigint)
    end as conversion_rank
from totals
inner join paths on totals.path_key = paths.path_key
