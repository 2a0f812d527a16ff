{{ config(materialized='view') }}

-- From when to when each null journey could have converted, in microseconds, and what
-- chance deals it.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

spans as (

    select * from {{ ref('int_journey_spans') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

data_ends as (

    select max(last_touched_at) as ended_at
    from journeys
    union all
    select max(converted_at) as ended_at
    from conversions

),

-- How the input records conversions: as touchpoints, or apart from them.
habits as (

    select
        coalesce(
            avg(
                case
                    when spans.last_touched_at = conversions.converted_at then 1.0
                    else 0.0
                end
            ),
            0
        ) as touchpoint_share,
        (select max(data_ends.ended_at) from data_ends) as data_ended_at
    from journeys
    inner join spans on journeys.journey_key = spans.journey_key
    inner join conversions on journeys.conversion_key = conversions.conversion_key

),

-- Only users with several journeys have segments other than 0.
followed as (

    select
        journey_key,
        lead(started_at) over (
            partition by user_key order by first_user_position, segment
        ) as next_started_at
    from journeys
    where segment <> 0 and untransformed_touch_count > 0

),

at_risk as (

    select
        journeys.journey_key,
        spans.touch_count,
        spans.last_touched_at,
        habits.touchpoint_share,
        {{ epoch_microseconds('spans.started_at') }} as started,
        greatest(
            {{ epoch_microseconds('spans.last_touched_at') }},
            least(
                {{ lookback_end('spans.last_touched_at') }},
                {{ epoch_microseconds('habits.data_ended_at') }},
                {{ epoch_microseconds('followed.next_started_at') }} - 1
            )
        ) as ended,
        {{ hash_bucket(
            "'" ~ var('seed') ~ ":cut:' || journeys.first_touchpoint_id",
            1000000000000000
        ) }} as draw
    from journeys
    inner join spans on journeys.journey_key = spans.journey_key
    cross join habits
    left join followed on journeys.journey_key = followed.journey_key
    where journeys.conversion_key is null

)

select * from at_risk
