{{ config(materialized='view') }}

-- The touchpoints of converting journeys, as fitted models know them.
select
    touchpoints.cut_key,
    cuts.user_key,
    touchpoints.journey_key,
    -- The cut of a converting journey shows all of it.
    touchpoints.place as position,
    touchpoints.place,
    touchpoints.touch_count,
    touchpoints.channel_key,
    touchpoints.campaign_key,
    touchpoints.features,
    touchpoints.cost,
    touchpoints.is_click,
    touchpoints.days_before_cut
from {{ ref('int_cut_touchpoints') }} as touchpoints
inner join {{ ref('int_journey_cuts') }} as cuts
    on touchpoints.cut_key = cuts.cut_key
where cuts.is_converted and cuts.is_latest
