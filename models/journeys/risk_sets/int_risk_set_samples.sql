-- Each null journey, and each converting one before it converts (a case), is met at a
-- moment of its time at risk (docs/evaluation.md). Each moment of all journeys is
-- equally likely: a journey draws one of its own, and weighs as many as it has.
-- Together with cases they weigh as many as null journeys are.
with

at_risk as (

    select * from {{ ref('int_null_journey_risks') }}

),

gaps_not_at_risk as (

    select gap.*
    from {{ ref('int_gaps_beyond_lookback') }} as gap
    inner join at_risk
        on gap.journey_key = at_risk.journey_key and gap.position < at_risk.touch_count

),

gap_totals as (

    select
        journey_key,
        cast(sum(gap_length) as bigint) as gap_length
    from gaps_not_at_risk
    group by journey_key

),

-- The last six digits of a draw decide between the two kinds, the others on the moment.
sized as (

    select
        at_risk.*,
        reading.are_complete,
        reading.are_complete
        or at_risk.draw % 1000000 < at_risk.touchpoint_share * 1000000
            as is_cutoff_at_touchpoint,
        (at_risk.draw - at_risk.draw % 1000000) / 1e15 as uniform_draw,
        case
            when reading.are_complete then 1
            when at_risk.draw % 1000000 < at_risk.touchpoint_share * 1000000
                then at_risk.touch_count
            else
                {{ whole_quotient(
                    'at_risk.ended - at_risk.started'
                    ~ ' - coalesce(gap_totals.gap_length, 0)',
                    'at_risk.time_grain'
                ) }} + 1
        end as size
    from at_risk
    cross join {{ ref('int_null_path_censoring') }} as reading
    left join gap_totals on at_risk.journey_key = gap_totals.journey_key

),

-- The moment, as if nobody were ever silent.
placed as (

    select
        *,
        case
            when not is_cutoff_at_touchpoint
                then started + time_grain * cast(floor(uniform_draw * size) as bigint)
        end as moment
    from sized

),

-- Gaps before the moment put it off.
delays as (

    select
        placed.journey_key,
        cast(sum(gaps_not_at_risk.gap_length) as bigint) as delay
    from placed
    inner join gaps_not_at_risk on placed.journey_key = gaps_not_at_risk.journey_key
    where placed.moment > gaps_not_at_risk.gap_started - gaps_not_at_risk.gap_before
    group by placed.journey_key

),

sizes as (

    select
        is_cutoff_at_touchpoint,
        sum(sum(case when is_future_case then 0 else 1 end)) over ()
        * count(*) / sum(count(*)) over ()
        / cast(sum(cast(size as decimal(38, 0))) as double) as weight_of_one
    from sized
    group by is_cutoff_at_touchpoint

)

select
    placed.journey_key,
    placed.touch_count,
    case
        when placed.are_complete then placed.touch_count
        when placed.is_cutoff_at_touchpoint
            then 1 + cast(floor(placed.uniform_draw * placed.touch_count) as bigint)
    end as drawn_position,
    placed.size * sizes.weight_of_one as weight,
    placed.converts_later,
    placed.is_future_case,
    placed.is_open,
    {{ from_epoch_microseconds('placed.moment + coalesce(delays.delay, 0)') }}
        as drawn_at,
    -- Seen at the instant of its last touchpoint, as most conversions are, or after it.
    case
        when placed.touchpoint_share >= 0.5 then placed.last_touched_at
        else
            {{ from_epoch_microseconds(
                epoch_microseconds('placed.last_touched_at') ~ ' + 1'
            ) }}
    end as current_at,
    case
        when placed.touchpoint_share < 0.5
            then {{ from_epoch_microseconds('placed.at_risk_until') }}
    end as at_risk_until
from placed
inner join sizes on placed.is_cutoff_at_touchpoint = sizes.is_cutoff_at_touchpoint
left join delays on placed.journey_key = delays.journey_key
