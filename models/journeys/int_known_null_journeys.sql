{{ config(materialized='view') }}

-- Journeys that haven't converted as far as fitted models may know: null journeys, and
-- those of users to learn from that convert only after all that is known.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

spans as (

    select * from {{ ref('int_journey_spans') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

crossing as (

    select
        touchpoints.journey_key,
        count(*) as touch_count,
        max(touchpoints.occurred_at) as last_touched_at
    from spans
    inner join splits on spans.journey_key = splits.journey_key
    inner join touchpoints on spans.journey_key = touchpoints.journey_key
    where
        spans.last_touched_at >= splits.known_until
        and touchpoints.occurred_at < splits.known_until
    group by touchpoints.journey_key

)

select
    journeys.journey_key,
    coalesce(crossing.touch_count, spans.touch_count) as touch_count,
    spans.started_at,
    coalesce(crossing.last_touched_at, spans.last_touched_at) as last_touched_at,
    splits.known_until,
    journeys.conversion_key is not null as converts_later
from journeys
inner join spans on journeys.journey_key = spans.journey_key
inner join splits on journeys.journey_key = splits.journey_key
left join conversions on journeys.conversion_key = conversions.conversion_key
left join crossing on journeys.journey_key = crossing.journey_key
where
    journeys.conversion_key is null
    or conversions.converted_at >= splits.known_until
