with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

touchpoints as (

    select
        channel,
        campaign,
        count(*) as touchpoints,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from {{ ref('stg_touchpoints') }}
    group by channel, campaign

)

select
    campaigns.channel,
    campaigns.campaign,
    coalesce(touchpoints.touchpoints, 0) as touchpoints,
    touchpoints.first_seen_at,
    touchpoints.last_seen_at
from campaigns
left join touchpoints
    on
        campaigns.channel = touchpoints.channel
        and campaigns.campaign = touchpoints.campaign
