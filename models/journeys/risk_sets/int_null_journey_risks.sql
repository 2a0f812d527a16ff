-- From when to when each journey could have converted and hasn't, as far as fitted
-- models may know, in microseconds, and what chance deals it: null journeys, and those
-- of users to learn from that convert only after all that is known. Beside them cases,
-- which are examples of a conversion, until they convert: without them those who
-- convert often would be missing here. With `every_conversion` journeys overlap, so
-- cases are left out.
{%- set has_cases = var('touch_reuse') == 'until_next_conversion' %}
{%- set is_before = 'touchpoints.position < dated.untransformed_touch_count'
    if dataset_folder() == 'paths'
    else 'touchpoints.occurred_at < dated.observed_until' %}
with

dated as (

    select
        journeys.*,
        -- What follows doesn't end a journey that converts: with `every_conversion` it
        -- may begin before the conversion.
        case when journeys.conversion_key is null then journeys.next_started_at end
            as followed_at,
        least(conversions.converted_at, splits.observed_until) as observed_until,
        conversions.converted_at is not null as converts_later,
        conversions.converted_at is not null
        and coalesce(conversions.converted_at < splits.observed_until, true)
            as is_future_case
    from {{ ref('int_journeys') }} as journeys
    inner join {{ ref('int_journey_splits') }} as splits
        on journeys.journey_key = splits.journey_key
    left join {{ ref('int_conversions') }} as conversions
        on journeys.conversion_key = conversions.conversion_key
    where journeys.untransformed_touch_count > 0

),

crossing as (

    select
        dated.journey_key,
        count(*) as touch_count,
        max(touchpoints.occurred_at) as last_touched_at
    from dated
    inner join {{ ref('int_untransformed_touchpoints') }} as touchpoints
        on dated.journey_key = touchpoints.journey_key
    where dated.last_touched_at >= dated.observed_until and {{ is_before }}
    group by dated.journey_key

),

null_journeys as (

    select count(*) as journeys
    from dated
    where not is_future_case

),

observed as (

    select
        dated.*,
        coalesce(crossing.touch_count, dated.untransformed_touch_count) as touch_count,
        coalesce(crossing.last_touched_at, dated.last_touched_at) as last_observed_at
    from dated
    cross join {{ ref('int_null_path_censoring') }} as reading
    cross join null_journeys
    left join crossing on dated.journey_key = crossing.journey_key
    where
        not dated.is_future_case
        or (
            -- Null journeys set what cases weigh beside them; paths may be met whole.
            {{ 'true' if has_cases else 'false' }}
            and null_journeys.journeys > 0
            and not reading.are_complete
            and (
                dated.last_touched_at < dated.observed_until
                or crossing.journey_key is not null
            )
        )

)

select
    observed.journey_key,
    observed.touch_count,
    observed.last_touched_at,
    granularity.touchpoint_share,
    granularity.time_grain,
    {{ epoch_microseconds('observed.started_at') }} as started,
    greatest(
        {{ epoch_microseconds('observed.last_observed_at') }},
        least(
            {{ lookback_end('observed.last_observed_at') }},
            {{ epoch_microseconds('granularity.data_ended_at') }},
            {{ epoch_microseconds('observed.observed_until') }} - 1,
            {{ epoch_microseconds('observed.followed_at') }} - 1
        )
    ) as ended,
    -- What is known of it ends no later than that, but it stands on.
    greatest(
        {{ epoch_microseconds('observed.last_touched_at') }},
        least(
            {{ lookback_end('observed.last_touched_at') }},
            {{ epoch_microseconds('granularity.data_ended_at') }},
            {{ epoch_microseconds('observed.followed_at') }} - 1
        )
    ) as at_risk_until,
    observed.converts_later,
    observed.is_future_case,
    -- The lookback of its last touchpoint outlasts the data, and nothing followed.
    not observed.converts_later
    and observed.followed_at is null
    and coalesce(
        {{ lookback_end('observed.last_touched_at') }}
        >= {{ epoch_microseconds('granularity.data_ended_at') }},
        true
    ) as is_open,
    {{ hash_bucket(
        "'" ~ var('seed') ~ ":cut:' || observed.first_touchpoint_id",
        1000000000000000
    ) }} as draw
from observed
cross join {{ ref('int_recording_granularity') }} as granularity
