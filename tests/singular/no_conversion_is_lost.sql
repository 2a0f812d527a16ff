-- Guards that the conversions which count are those that came in, each with its own
-- user, type, revenue and time. Without it, conversions of users who were never touched
-- could drop out of a join, and everything downstream would agree on too small a total.
with

accepted as (

    select * from {{ ref('stg_conversions') }}
    {% if var('conversion_types') %}
        where conversion_type in ({{ sql_list(var('conversion_types')) }})
    {% endif %}

)

select
    coalesce(accepted.conversion_id, conversions.conversion_id) as conversion_id,
    accepted.revenue as accepted_revenue,
    conversions.revenue
from accepted
full outer join {{ ref('fct_conversions') }} as conversions
    on accepted.conversion_id = conversions.conversion_id
where
    accepted.conversion_id is null
    or conversions.conversion_id is null
    or accepted.user_id <> conversions.user_id
    or accepted.conversion_type <> conversions.conversion_type
    or accepted.revenue <> conversions.revenue
    or accepted.converted_at <> conversions.converted_at
