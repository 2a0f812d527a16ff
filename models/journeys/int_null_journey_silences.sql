-- Silences within null journeys that outlast the lookback: nothing that happened then
-- could have been the journey's conversion.
{%- set lookback = setting('lookback_days') %}
{%- set gap = setting('null_journey_gap_days') %}
{%- set may_occur = lookback is not none and (gap is none or gap > lookback) %}
with

known as (

    select * from {{ ref('int_known_null_journeys') }}
    where touch_count > 1 and {{ 'true' if may_occur else 'false' }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

gaps as (

    select
        known.journey_key,
        touchpoints.position,
        {{ lookback_end('touchpoints.occurred_at') }} as silent_after,
        lead({{ epoch_microseconds('touchpoints.occurred_at') }}) over (
            partition by known.journey_key order by touchpoints.position
        ) as touched_again
    from known
    inner join touchpoints on known.journey_key = touchpoints.journey_key
    where touchpoints.position <= known.touch_count

),

silences as (

    select
        journey_key,
        position,
        silent_after,
        touched_again - silent_after - 1 as silence
    from gaps
    where touched_again - silent_after - 1 > 0

)

select
    journey_key,
    silent_after,
    silence,
    cast(
        sum(silence) over (partition by journey_key order by position) - silence
        as bigint
    ) as silence_before
from silences
