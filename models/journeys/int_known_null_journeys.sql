{{ config(materialized='view') }}

-- Journeys that haven't converted as far as fitted models may know: null journeys, and
-- those of users to learn from that convert only after all that is known.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

crossing as (

    select
        touchpoints.journey_key,
        count(*) as touch_count,
        max(touchpoints.occurred_at) as last_touched_at
    from journeys
    inner join splits on journeys.journey_key = splits.journey_key
    inner join touchpoints on journeys.journey_key = touchpoints.journey_key
    where
        journeys.last_touched_at >= splits.known_until
        and touchpoints.occurred_at < splits.known_until
    group by touchpoints.journey_key

)

select
    journeys.journey_key,
    coalesce(crossing.touch_count, journeys.untransformed_touch_count) as touch_count,
    journeys.started_at,
    coalesce(crossing.last_touched_at, journeys.last_touched_at) as last_touched_at,
    splits.known_until,
    journeys.conversion_key is not null as converts_later
from journeys
inner join splits on journeys.journey_key = splits.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
left join crossing on journeys.journey_key = crossing.journey_key
where
    journeys.untransformed_touch_count > 0
    and (
        journeys.conversion_key is null
        or conversions.converted_at >= splits.known_until
    )
