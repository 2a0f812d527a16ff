{{ config(materialized='view') }}

-- What the additive hazard needs to know of touchpoints, and no more: they are many.
select
    touchpoints.user_key,
    touchpoints.channel_key,
    touchpoints.campaign_key,
    touchpoints.occurred_at,
    users.is_sampled,
    users.is_converting
from {{ ref('int_touchpoints') }} as touchpoints
inner join {{ ref('int_hazard_users') }} as users
    on touchpoints.user_key = users.user_key
