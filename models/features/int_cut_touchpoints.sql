-- What a fitted model knows of each touchpoint before a cut. Of one at the very instant
-- it knows the channel and the campaign alone: where conversions are recorded as
-- touchpoints, the kind of the contact, its cost and its columns would be the label.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where {{ any_asked_for(cut_models()) }}

),

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

campaigns as (

    select * from {{ ref('int_feature_campaigns') }}

)

select
    cuts.cut_key,
    cuts.journey_key,
    touchpoints.position,
    touchpoints.position - cuts.first_position + 1 as place,
    cuts.last_position - cuts.first_position + 1 as touch_count,
    touchpoints.channel_key,
    campaigns.campaign_key,
    case when touchpoints.occurred_at < cuts.cut_at then touchpoints.features end
        as features,
    case
        when touchpoints.occurred_at < cuts.cut_at
            then coalesce(touchpoints.cost, 0)
        else 0
    end as cost,
    touchpoints.occurred_at < cuts.cut_at
    and lower(coalesce(touchpoints.interaction, 'impression')) <> 'impression'
        as is_click,
    {{ days_between(
        'touchpoints.occurred_at', 'coalesce(cuts.stands_until, cuts.cut_at)'
    ) }} as days_before_cut,
    touchpoints.occurred_at
from cuts
inner join touchpoints
    on
        cuts.journey_key = touchpoints.journey_key
        and touchpoints.position between cuts.first_position and cuts.last_position
left join campaigns on touchpoints.campaign_key = campaigns.campaign_key
