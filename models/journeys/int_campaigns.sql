-- Channels and campaigns of touchpoints and of spend, numbered in the order of their
-- names.
with

campaigns as (

    select
        channel,
        campaign
    from {{ ref('stg_touchpoints') }}
    union
    select
        channel,
        campaign
    from {{ ref('stg_spend') }}

)

select
    channel,
    campaign,
    dense_rank() over (order by channel) as channel_key,
    row_number() over (order by channel, campaign) as campaign_key
from campaigns
