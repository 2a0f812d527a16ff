-- Gaps within null journeys, and within converting ones before they convert, that
-- outlast the lookback: nothing that happened then could have been the journey's
-- conversion.
{%- set lookback = setting('lookback_days') %}
{%- set gap = setting('null_journey_gap_days') %}
{%- set may_occur = lookback is not none and (gap is none or gap > lookback) %}
with

observed as (

    select * from {{ ref('int_observed_null_journeys') }}
    where touch_count > 1 and {{ 'true' if may_occur else 'false' }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

granularity as (

    select * from {{ ref('int_recording_granularity') }}

),

gaps as (

    select
        observed.journey_key,
        touchpoints.position,
        {{ lookback_end('touchpoints.occurred_at') }} as lookback_ends,
        lead({{ epoch_microseconds('touchpoints.occurred_at') }}) over (
            partition by observed.journey_key order by touchpoints.position
        ) as touched_again
    from observed
    inner join touchpoints on observed.journey_key = touchpoints.journey_key
    where touchpoints.position <= observed.touch_count

),

-- On the grain of the times of conversions.
grained as (

    select
        gaps.journey_key,
        gaps.position,
        gaps.lookback_ends - gaps.lookback_ends % granularity.time_grain as gap_started,
        (gaps.touched_again - 1) - (gaps.touched_again - 1) % granularity.time_grain
            as gap_ended
    from gaps
    cross join granularity

),

gaps_not_at_risk as (

    select
        journey_key,
        position,
        gap_started,
        gap_ended - gap_started as gap_length
    from grained
    where gap_ended > gap_started

)

select
    journey_key,
    gap_started,
    gap_length,
    cast(
        sum(gap_length) over (partition by journey_key order by position) - gap_length
        as bigint
    ) as gap_before
from gaps_not_at_risk
