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
    cast(dense_rank() over (order by channel) as bigint) as channel_key,
    cast(row_number() over (order by channel, campaign) as bigint) as campaign_key
from campaigns
