-- Every campaign with its spend, for every attribution model: a campaign that only cost
-- or only earned stays.
with

campaigns as (

    select
        channel,
        campaign
    from {{ ref('int_campaigns') }}

),

spend as (

    select
        channel,
        campaign,
        {{ exact_sum('spend') }} as spend
    from {{ ref('stg_spend') }}
    group by channel, campaign

),

attribution_models as (

    select * from {{ ref('int_attribution_models') }}

)

select
    attribution_models.attribution_model,
    campaigns.channel,
    campaigns.campaign,
    coalesce(spend.spend, 0) as spend
from campaigns
cross join attribution_models
left join spend
    on campaigns.channel = spend.channel and campaigns.campaign = spend.campaign
