{{ config(materialized='view') }}

-- All conversions, those without a touchpoint included: they come by themselves.
select
    conversions.conversion_key,
    conversions.user_key,
    conversions.revenue,
    conversions.converted_at,
    users.is_sampled
from {{ ref('int_conversions') }} as conversions
inner join {{ ref('int_hazard_users') }} as users
    on conversions.user_key = users.user_key
where users.is_converting
