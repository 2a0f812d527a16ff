-- The touchpoints that take part, in the order of docs/journeys.md.
with

touchpoints as (

    select * from {{ ref('stg_touchpoints') }}
    where
        true
        {% if setting('channels_to_include') %}
            and channel in ({{ sql_list(setting('channels_to_include')) }})
        {% endif %}
        {% if setting('channels_to_exclude') %}
            and channel not in ({{ sql_list(setting('channels_to_exclude')) }})
        {% endif %}

),

users as (

    select * from {{ ref('int_users') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

)

select
    users.user_key,
    cast(row_number() over (
        partition by users.user_key
        order by touchpoints.occurred_at, touchpoints.touchpoint_id
    ) as bigint) as user_position,
    campaigns.channel_key,
    campaigns.campaign_key,
    touchpoints.touchpoint_id,
    touchpoints.interaction,
    touchpoints.features,
    touchpoints.cost,
    touchpoints.occurred_at
from touchpoints
inner join users on touchpoints.user_id = users.user_id
inner join campaigns
    on
        touchpoints.channel = campaigns.channel
        and touchpoints.campaign = campaigns.campaign
