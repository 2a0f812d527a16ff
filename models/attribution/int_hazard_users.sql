{{ config(materialized='view') }}

-- All users, those without a touchpoint included: their time is time at risk as well.
select user_key
from {{ ref('int_users') }}
where {{ any_asked_for(['additive_hazard']) }}
