-- Every campaign with its touchpoints and its spend, for every attribution model: a
-- campaign that only cost or only earned stays. Without a row of spend it has none, and
-- not 0.
with

campaigns as (

    select
        campaign_key,
        channel,
        campaign
    from {{ ref('int_campaigns') }}

),

spend as (

    select
        channel,
        campaign,
        case when count(impressions) > 0 then {{ exact_sum('impressions') }} end
            as impressions,
        case when count(clicks) > 0 then {{ exact_sum('clicks') }} end as clicks,
        {{ exact_sum('spend') }} as spend
    from {{ ref('stg_spend') }}
    group by channel, campaign

),

touched as (

    select
        campaign_key,
        count(*) as touchpoints
    from {{ ref('int_touchpoints') }}
    group by campaign_key

),

attribution_models as (

    select * from {{ ref('int_attribution_models') }}

)

select
    attribution_models.attribution_model,
    campaigns.channel,
    campaigns.campaign,
    coalesce(touched.touchpoints, 0) as touchpoints,
    spend.impressions,
    spend.clicks,
    spend.spend
from campaigns
cross join attribution_models
left join touched on campaigns.campaign_key = touched.campaign_key
left join spend
    on campaigns.channel = spend.channel and campaigns.campaign = spend.campaign
