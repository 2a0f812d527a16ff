-- Guards that every campaign with spend, and its channel, has a row under every
-- attribution model. Without it, what cost money and led to nothing would disappear
-- from the very tables that should show it.
with

spending as (

    select distinct
        spend.channel,
        spend.campaign,
        attribution_models.attribution_model
    from {{ ref('stg_spend') }} as spend
    cross join {{ ref('int_attribution_models') }} as attribution_models

)

select spending.*
from spending
left join {{ ref('fct_channel_performance') }} as channels
    on
        spending.channel = channels.channel
        and spending.attribution_model = channels.attribution_model
left join {{ ref('fct_campaign_performance') }} as campaigns
    on
        spending.channel = campaigns.channel
        and spending.campaign = campaigns.campaign
        and spending.attribution_model = campaigns.attribution_model
where channels.channel is null or campaigns.channel is null
