-- What a fitted model knows of each touchpoint before a cut. Of one at the very instant
-- it knows the channel and the campaign alone: where conversions are recorded as
-- touchpoints, the kind of the contact, its cost and its columns would be the label.
with

touchpoints as (

    select * from {{ ref('int_observed_touchpoints') }}
    where {{ any_asked_for(cut_models()) }}

),

campaigns as (

    select * from {{ ref('int_feature_campaigns') }}

)

select
    touchpoints.cut_key,
    touchpoints.journey_key,
    touchpoints.place,
    touchpoints.touch_count,
    touchpoints.channel_key,
    campaigns.campaign_key,
    case when touchpoints.occurred_at < touchpoints.cut_at then touchpoints.features end
        as features,
    case
        when touchpoints.occurred_at < touchpoints.cut_at
            then coalesce(touchpoints.cost, 0)
        else 0
    end as cost,
    touchpoints.occurred_at < touchpoints.cut_at
    and lower(coalesce(touchpoints.interaction, 'impression')) <> 'impression'
        as is_click,
    {{ days_between(
        'touchpoints.occurred_at',
        'coalesce(touchpoints.at_risk_until, touchpoints.cut_at)',
    ) }} as days_before_cut,
    touchpoints.occurred_at
from touchpoints
left join campaigns on touchpoints.campaign_key = campaigns.campaign_key
