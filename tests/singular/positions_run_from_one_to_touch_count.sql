-- Guards that the touchpoints of a journey are numbered 1, 2, … up to its touch_count,
-- and that the journey has as many as it found unless path transforms shorten it.
-- Without it, rules that look for the first or the last touchpoint would find none, or
-- two.
{% set is_shortened = var('path_transforms') != [] -%}
with

numbered as (

    select
        journey_key,
        count(*) as touchpoints,
        min(position) as first_position,
        max(position) as last_position,
        sum(position) as sum_of_positions,
        min(touch_count) as least_touch_count,
        max(touch_count) as touch_count
    from {{ ref('int_journey_touchpoints') }}
    group by journey_key

)

select
    journeys.journey_key,
    journeys.untransformed_touch_count,
    numbered.*
from {{ ref('int_journeys') }} as journeys
full outer join numbered on journeys.journey_key = numbered.journey_key
where
    journeys.journey_key is null
    or (numbered.journey_key is null and journeys.untransformed_touch_count > 0)
    or numbered.first_position <> 1
    or numbered.last_position <> numbered.touchpoints
    or numbered.sum_of_positions * 2
    <> numbered.touchpoints * (numbered.touchpoints + 1)
    or numbered.least_touch_count <> numbered.touchpoints
    or numbered.touch_count <> numbered.touchpoints
    or numbered.touchpoints > journeys.untransformed_touch_count
    or (
        not {{ is_shortened }}
        and numbered.touchpoints < journeys.untransformed_touch_count
    )
