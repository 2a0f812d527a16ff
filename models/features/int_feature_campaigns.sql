-- A campaign is a feature beside its channel where the channel has others. With too
-- many of them a model would learn single journeys by heart: then none is.
{%- set most_campaigns = 2000 %}
with

campaigns as (

    select
        channel_key,
        campaign_key,
        count(*) over (partition by channel_key) as campaigns_of_channel
    from {{ ref('int_campaigns') }}

),

among_others as (

    select
        channel_key,
        campaign_key,
        count(*) over () as campaigns
    from campaigns
    where campaigns_of_channel > 1

)

select
    channel_key,
    campaign_key
from among_others
where campaigns <= {{ most_campaigns }}
