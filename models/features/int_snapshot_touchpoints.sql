-- What a fitted model knows of each touchpoint before a cutoff. Of one at the very
-- instant it knows the channel and the campaign alone: where conversions are recorded
-- as touchpoints, the kind of the contact, its cost and its columns would be the label.
with

touchpoints as (

    select * from {{ ref('int_observed_touchpoints') }}
    where {{ is_model_enabled(snapshot_models()) }}

),

campaigns as (

    select campaign_key from {{ ref('int_campaigns') }}
    where is_feature

)

select
    touchpoints.snapshot_key,
    touchpoints.journey_key,
    touchpoints.position,
    touchpoints.touch_count,
    touchpoints.channel_key,
    campaigns.campaign_key,
    case
        when touchpoints.occurred_at < touchpoints.cutoff_at then touchpoints.features
    end as features,
    case
        when touchpoints.occurred_at < touchpoints.cutoff_at
            then coalesce(touchpoints.cost, 0)
        else 0
    end as cost,
    touchpoints.occurred_at < touchpoints.cutoff_at
    and lower(coalesce(touchpoints.interaction, 'impression')) <> 'impression'
        as is_click,
    {{ days_between(
        'touchpoints.occurred_at',
        'coalesce(touchpoints.at_risk_until, touchpoints.cutoff_at)',
    ) }} as days_before_cutoff,
    touchpoints.occurred_at
from touchpoints
left join campaigns on touchpoints.campaign_key = campaigns.campaign_key
