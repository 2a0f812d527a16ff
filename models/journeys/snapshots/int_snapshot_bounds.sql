-- The last touchpoint that is observed of each journey at the moment that it drew.
with

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

draws as (

    select * from {{ ref('int_risk_set_samples') }}

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

)

select
    counted.journey_key,
    coalesce(ties.last_position, counted.last_position) as last_position,
    counted.last_kept_at
from counted
left join ties on counted.journey_key = ties.journey_key
