-- Touchpoints of the journey before that a journey which converts later carries over into
-- its snapshot. The conversion looks back no further than the first touchpoint of its
-- journey, but the moment of the snapshot is earlier, and so is its lookback. Touchpoints
-- of an earlier conversion are used up, and a gap that ends a null journey outlasts the
-- lookback: so the journey before counts alone, if it is null. With `every_conversion`
-- journeys overlap, and none carries anything over.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

draws as (

    select * from {{ ref('int_risk_set_samples') }}

),

bounds as (

    select * from {{ ref('int_snapshot_bounds') }}

),

-- Only users with several journeys have segments other than 0.
followed as (

    select
        journey_key,
        conversion_key,
        lead(journey_key) over (
            partition by user_key order by first_user_position, segment
        ) as next_journey_key
    from journeys
    where segment <> 0 and untransformed_touch_count > 0

),

earlier as (

    select
        draws.journey_key,
        followed.journey_key as earlier_journey_key,
        coalesce(draws.drawn_at, bounds.last_kept_at, journeys.started_at) as drawn_at
    from draws
    inner join journeys on draws.journey_key = journeys.journey_key
    inner join followed on draws.journey_key = followed.next_journey_key
    left join bounds on draws.journey_key = bounds.journey_key
    where
        draws.converts_later
        and followed.conversion_key is null
        and {{ 'false' if var('touch_reuse') == 'every_conversion' else 'true' }}

)

select
    earlier.journey_key,
    earlier.earlier_journey_key,
    count(*) as touch_count,
    min(touchpoints.occurred_at) as started_at
from earlier
inner join touchpoints on earlier.earlier_journey_key = touchpoints.journey_key
where {{ in_lookback('touchpoints.occurred_at', 'earlier.drawn_at') }}
group by earlier.journey_key, earlier.earlier_journey_key
