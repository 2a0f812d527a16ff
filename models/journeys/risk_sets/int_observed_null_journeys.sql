-- Journeys that haven't converted as far as fitted models may know: null journeys, and
-- those of users to learn from that convert only after all that is known.
-- Beside them cases, which are examples of a conversion, until they
-- convert: without them those who convert often would be missing here. With
-- `every_conversion` journeys overlap, so cases are left out.
{%- set has_cases = var('touch_reuse') == 'until_next_conversion' %}
{%- set is_before = 'touchpoints.position < dated.touch_count'
    if dataset_folder() == 'paths'
    else 'touchpoints.occurred_at < dated.observed_until' %}
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

reading as (

    select * from {{ ref('int_null_path_censoring') }}

),

dated as (

    select
        journeys.journey_key,
        journeys.untransformed_touch_count as touch_count,
        journeys.started_at,
        journeys.last_touched_at,
        least(conversions.converted_at, splits.observed_until) as observed_until,
        conversions.converted_at is not null as converts_later,
        conversions.converted_at is not null
        and coalesce(conversions.converted_at < splits.observed_until, true)
            as is_future_case
    from journeys
    inner join splits on journeys.journey_key = splits.journey_key
    left join conversions on journeys.conversion_key = conversions.conversion_key
    where journeys.untransformed_touch_count > 0

),

crossing as (

    select
        touchpoints.journey_key,
        count(*) as touch_count,
        max(touchpoints.occurred_at) as last_touched_at
    from dated
    inner join touchpoints on dated.journey_key = touchpoints.journey_key
    where dated.last_touched_at >= dated.observed_until and {{ is_before }}
    group by touchpoints.journey_key

),

null_journeys as (

    select count(*) as journeys
    from dated
    where not is_future_case

)

select
    dated.journey_key,
    coalesce(crossing.touch_count, dated.touch_count) as touch_count,
    dated.started_at,
    coalesce(crossing.last_touched_at, dated.last_touched_at) as last_touched_at,
    dated.observed_until,
    dated.converts_later,
    dated.is_future_case
from dated
cross join reading
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
