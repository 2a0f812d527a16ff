-- Guards that the path report counts each journey with a touchpoint once, with its
-- outcome and its revenue. Without it, conversion rates by path would rest on part of
-- the journeys.
with

actual as (

    select
        count(*) as journeys,
        coalesce(sum(case when is_converted then 1 else 0 end), 0) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from {{ ref('fct_journeys') }}
    where touch_count > 0

),

reported as (

    select
        coalesce(sum(journeys), 0) as journeys,
        coalesce(sum(conversions), 0) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from {{ ref('fct_paths') }}

)

select
    actual.journeys as actual_journeys,
    actual.conversions as actual_conversions,
    actual.revenue as actual_revenue,
    reported.*
from actual
cross join reported
where
    actual.journeys <> reported.journeys
    or actual.conversions <> reported.conversions
    or {{ is_not_close('reported.revenue', 'actual.revenue') }}
