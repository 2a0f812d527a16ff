-- Gaps within journeys that outlast the lookback: nothing that happened then could have
-- been the journey's conversion.
{%- set lookback = setting('lookback_days') %}
{%- set gap = setting('null_journey_gap_days') %}
{%- set may_occur = lookback is not none and (gap is none or gap > lookback) %}
with

journeys as (

    select * from {{ ref('int_journeys') }}
    where untransformed_touch_count > 1 and {{ 'true' if may_occur else 'false' }}

),

granularity as (

    select * from {{ ref('int_recording_granularity') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

gaps as (

    select
        journeys.journey_key,
        granularity.time_grain,
        touchpoints.position,
        {{ lookback_end('touchpoints.occurred_at') }} as lookback_ends,
        lead({{ epoch_microseconds('touchpoints.occurred_at') }}) over (
            partition by journeys.journey_key order by touchpoints.position
        ) as touched_again
    from journeys
    cross join granularity
    inner join touchpoints on journeys.journey_key = touchpoints.journey_key

),

-- On the grain of the times of conversions.
grained as (

    select
        journey_key,
        position,
        lookback_ends - lookback_ends % time_grain as gap_started,
        (touched_again - 1) - (touched_again - 1) % time_grain as gap_ended
    from gaps

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
    position,
    gap_started,
    gap_length,
    cast(
        sum(gap_length) over (partition by journey_key order by position) - gap_length
        as bigint
    ) as gap_before
from gaps_not_at_risk
