-- What is observed of each journey at the moment that it drew: its last touchpoint, and
-- touchpoints of the journey before that it carries over if it converts later. The
-- conversion looks back no further than the first touchpoint of its journey, but the
-- moment of the snapshot is earlier, and so is its lookback. Touchpoints of an earlier
-- conversion are used up, and a gap that ends a null journey outlasts the lookback: so
-- the journey before counts alone, if it is null. With `every_conversion` journeys
-- overlap, and none carries anything over.
{%- set may_carry_over = var('touch_reuse') == 'until_next_conversion' %}
with

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

draws as (

    select * from {{ ref('int_risk_set_samples') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

counted as (

    select
        draws.journey_key,
        max(touchpoints.position) as last_position,
        max(touchpoints.occurred_at) as last_kept_at
    from draws
    inner join touchpoints on draws.journey_key = touchpoints.journey_key
    where
        draws.touch_count > 1
        and (
            touchpoints.position <= draws.drawn_position
            or touchpoints.occurred_at <= draws.drawn_at
        )
    group by draws.journey_key

),

-- What shares an instant is known together, but for paths: they have no instants.
ties as (

    select
        counted.journey_key,
        max(touchpoints.position) as last_position
    from draws
    inner join counted on draws.journey_key = counted.journey_key
    inner join touchpoints on draws.journey_key = touchpoints.journey_key
    where
        draws.drawn_position is not null
        and counted.last_kept_at = touchpoints.occurred_at
        and {{ 'false' if dataset_folder() == 'paths' else 'true' }}
    group by counted.journey_key

),

ends as (

    select
        draws.journey_key,
        coalesce(ties.last_position, counted.last_position, 1) as last_position,
        coalesce(counted.last_kept_at, journeys.started_at) as last_kept_at,
        coalesce(draws.drawn_at, counted.last_kept_at, journeys.started_at)
            as drawn_at,
        case
            when
                draws.converts_later and {{ 'true' if may_carry_over else 'false' }}
                then journeys.previous_journey_key
        end as previous_journey_key
    from draws
    inner join journeys on draws.journey_key = journeys.journey_key
    left join counted on draws.journey_key = counted.journey_key
    left join ties on draws.journey_key = ties.journey_key

),

carried_over as (

    select
        ends.journey_key,
        previous.journey_key as earlier_journey_key,
        count(*) as touch_count,
        min(touchpoints.occurred_at) as started_at
    from ends
    inner join journeys as previous
        on ends.previous_journey_key = previous.journey_key
    inner join touchpoints on previous.journey_key = touchpoints.journey_key
    where
        previous.conversion_key is null
        and {{ in_lookback('touchpoints.occurred_at', 'ends.drawn_at') }}
    group by ends.journey_key, previous.journey_key

)

select
    ends.journey_key,
    ends.last_position,
    ends.last_kept_at,
    ends.drawn_at,
    carried_over.earlier_journey_key,
    carried_over.touch_count as carried_over_touch_count,
    carried_over.started_at as carried_over_started_at
from ends
left join carried_over on ends.journey_key = carried_over.journey_key
