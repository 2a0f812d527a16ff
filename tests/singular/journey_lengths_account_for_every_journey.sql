-- Guards that each distribution of lengths counts every journey that it speaks of, with
-- its own value, its outcome and its revenue, and that the shares reach 1. Without it,
-- journeys could drop out at the long end, where a lost tail looks like a natural one.
with

actual as (

    select
        'touch_count' as measure,
        count(*) as journeys,
        coalesce(sum(case when is_converted then 1 else 0 end), 0) as conversions,
        coalesce(sum(touch_count), 0) as sum_of_values,
        {{ exact_sum('revenue') }} as revenue
    from {{ ref('fct_journeys') }}
    where touch_count > 0
    union all
    select
        'days_to_convert' as measure,
        count(*) as journeys,
        count(*) as conversions,
        coalesce(sum(floor(days_to_convert)), 0) as sum_of_values,
        {{ exact_sum('revenue') }} as revenue
    from {{ ref('fct_journeys') }}
    where touch_count > 0 and is_converted

),

reported as (

    select
        measure,
        sum(journeys) as journeys,
        sum(conversions) as conversions,
        sum(value * journeys) as sum_of_values,
        {{ exact_sum('revenue') }} as revenue,
        {{ exact_sum('journey_share') }} as share,
        max(cumulative_share) as last_cumulative_share
    from {{ ref('fct_journey_lengths') }}
    group by measure

)

select
    actual.*,
    reported.journeys as reported_journeys,
    reported.conversions as reported_conversions,
    reported.sum_of_values as reported_sum_of_values,
    reported.revenue as reported_revenue,
    reported.share,
    reported.last_cumulative_share
from actual
left join reported on actual.measure = reported.measure
where
    actual.journeys <> coalesce(reported.journeys, 0)
    or actual.conversions <> coalesce(reported.conversions, 0)
    or actual.sum_of_values <> coalesce(reported.sum_of_values, 0)
    or {{ is_not_close('coalesce(reported.revenue, 0)', 'actual.revenue') }}
    or {{ is_not_close('coalesce(reported.share, 1)', 1) }}
    or coalesce(reported.last_cumulative_share, 1) <> 1
