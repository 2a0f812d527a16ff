{{ config(materialized='view') }}

-- From when to when each null journey, and each converting one before it converted,
-- could have converted, as far as is known, in microseconds, and what chance deals it.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

observed as (

    select * from {{ ref('int_observed_null_journeys') }}

),

gaps_not_at_risk as (

    select
        journey_key,
        cast(sum(gap_length) as bigint) as gap_length
    from {{ ref('int_gaps_beyond_lookback') }}
    group by journey_key

),

granularity as (

    select * from {{ ref('int_recording_granularity') }}

),

-- Only users with several journeys have segments other than 0. What follows doesn't end
-- a journey that converts: with `every_conversion` it may begin before the conversion.
followed as (

    select
        journey_key,
        case
            when conversion_key is null
                then
                    lead(started_at) over (
                        partition by user_key order by first_user_position, segment
                    )
        end as next_started_at
    from journeys
    where segment <> 0 and untransformed_touch_count > 0

),

at_risk as (

    select
        journeys.journey_key,
        observed.touch_count,
        journeys.last_touched_at,
        granularity.touchpoint_share,
        granularity.time_grain,
        {{ epoch_microseconds('observed.started_at') }} as started,
        greatest(
            {{ epoch_microseconds('observed.last_touched_at') }},
            least(
                {{ lookback_end('observed.last_touched_at') }},
                {{ epoch_microseconds('granularity.data_ended_at') }},
                {{ epoch_microseconds('observed.observed_until') }} - 1,
                {{ epoch_microseconds('followed.next_started_at') }} - 1
            )
        ) as ended,
        -- What is known of it ends no later than that, but it stands on.
        greatest(
            {{ epoch_microseconds('journeys.last_touched_at') }},
            least(
                {{ lookback_end('journeys.last_touched_at') }},
                {{ epoch_microseconds('granularity.data_ended_at') }},
                {{ epoch_microseconds('followed.next_started_at') }} - 1
            )
        ) as at_risk_until,
        coalesce(gaps_not_at_risk.gap_length, 0) as gap_length,
        observed.converts_later,
        observed.is_future_case,
        -- The lookback of its last touchpoint outlasts the data, and nothing followed.
        not observed.converts_later
        and followed.next_started_at is null
        and coalesce(
            {{ lookback_end('journeys.last_touched_at') }}
            >= {{ epoch_microseconds('granularity.data_ended_at') }},
            true
        ) as is_open,
        {{ hash_bucket(
            "'" ~ var('seed') ~ ":cut:' || journeys.first_touchpoint_id",
            1000000000000000
        ) }} as draw
    from observed
    inner join journeys on observed.journey_key = journeys.journey_key
    cross join granularity
    left join gaps_not_at_risk on observed.journey_key = gaps_not_at_risk.journey_key
    left join followed on observed.journey_key = followed.journey_key

)

select * from at_risk
