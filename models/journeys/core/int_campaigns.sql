-- Channels and campaigns of touchpoints and of spend, numbered in the order of their
-- names. A campaign is a feature beside its channel where the channel has others. With
-- too many of them a model would learn single journeys by heart: then none is.
{%- set most_campaigns = 2000 %}
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

),

numbered as (

    select
        channel,
        campaign,
        cast(dense_rank() over (order by channel) as bigint) as channel_key,
        cast(row_number() over (order by channel, campaign) as bigint) as campaign_key,
        count(*) over (partition by channel) > 1 as has_others
    from campaigns

)

select
    channel,
    campaign,
    channel_key,
    campaign_key,
    has_others
    and count(case when has_others then 1 end) over () <= {{ most_campaigns }}
        as is_feature
from numbered
