-- Touchpoints of one journey are neighbours in their user's order, so a journey is a
-- range of positions. Path transforms come later.
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

segments as (

    select * from {{ ref('int_touchpoint_segments') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

touched as (

    select
        touchpoints.user_key,
        coalesce(segments.segment, 0) as segment,
        max(segments.conversion_key) as conversion_key,
        min(touchpoints.user_position) as first_user_position,
        min_by(touchpoints.touchpoint_id, touchpoints.user_position)
            as first_touchpoint_id,
        min(touchpoints.occurred_at) as started_at,
        max(touchpoints.occurred_at) as last_touched_at,
        count(*) as untransformed_touch_count
    from touchpoints
    left join segments
        on
            touchpoints.user_key = segments.user_key
            and touchpoints.user_position = segments.user_position
    group by touchpoints.user_key, coalesce(segments.segment, 0)

),

untouched as (

    select
        conversions.user_key,
        conversions.user_conversion as segment,
        conversions.conversion_key,
        cast(null as bigint) as first_user_position,
        cast(null as string) as first_touchpoint_id,
        cast(null as timestamp) as started_at,
        cast(null as timestamp) as last_touched_at,
        0 as untransformed_touch_count,
        conversions.converted_at as began_at
    from conversions
    where not exists (
        select 1 from touched
        where conversions.conversion_key = touched.conversion_key
    )

),

journeys as (

    select
        *,
        started_at as began_at
    from touched
    union all
    select * from untouched

),

-- Only users with several journeys have segments other than 0.
neighbours as (

    select
        user_key,
        segment,
        lag(segment) over in_order as previous_segment,
        lead(started_at) over in_order as next_started_at
    from touched
    where segment <> 0
    window in_order as (partition by user_key order by first_user_position, segment)

)

select
    {{ journey_key('journeys.user_key', 'journeys.segment') }} as journey_key,
    journeys.*,
    {{ journey_key('journeys.user_key', 'neighbours.previous_segment') }}
        as previous_journey_key,
    neighbours.next_started_at
from journeys
left join neighbours
    on
        journeys.user_key = neighbours.user_key
        and journeys.segment = neighbours.segment
