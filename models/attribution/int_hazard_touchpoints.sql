{{ config(materialized='view') }}

-- What the additive hazard needs to know of touchpoints, and no more: they are many.
select
    user_key,
    channel_key,
    campaign_key,
    occurred_at
from {{ ref('int_touchpoints') }}
where {{ any_asked_for(['additive_hazard']) }}
