{{ config(materialized='view') }}

-- All conversions, those without a touchpoint included: they come by themselves.
select
    conversion_key,
    user_key,
    revenue,
    converted_at
from {{ ref('int_conversions') }}
where {{ any_asked_for(['additive_hazard']) }}
