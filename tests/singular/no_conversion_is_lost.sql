-- Guards that the conversions which count are those that came in, each with its own
-- user, type, revenue and time. Without it, conversions of users who were never touched
-- could drop out of a join, and everything downstream would agree on too small a total.
with

refunds as (

    select
        conversion_id,
        sum(refund) as refunds
    from {{ ref('stg_refunds') }}
    group by conversion_id

),

conversions_in as (

    select
        conversions.*,
        coalesce(refunds.refunds, 0) as refunds
    from {{ ref('stg_conversions') }} as conversions
    left join refunds on conversions.conversion_id = refunds.conversion_id

),

accepted as (

    select * from conversions_in
    where
        true
        {% if var('conversion_types') %}
            and conversion_type in ({{ sql_list(var('conversion_types')) }})
        {% endif %}
        {% if not var('count_refunded_conversions') %}
            and (refunds = 0 or refunds < revenue)
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
    or accepted.user_id is distinct from conversions.user_id
    or accepted.conversion_type <> conversions.conversion_type
    or accepted.revenue <> conversions.revenue
    or accepted.converted_at <> conversions.converted_at
