{{ config(materialized='view') }}

-- Campaigns with their touchpoints, of which those that were only paid for have none.
with

touchpoints as (

    select
        campaign_key,
        count(*) as touchpoints
    from {{ ref('int_touchpoints') }}
    group by 1

)

select
    campaigns.channel_key,
    campaigns.channel,
    campaigns.campaign_key,
    coalesce(touchpoints.touchpoints, 0) as touchpoints
from {{ ref('int_campaigns') }} as campaigns
left join touchpoints on campaigns.campaign_key = touchpoints.campaign_key
