-- The conversions that count, numbered within their user in the order of
-- docs/journeys.md.
with

refunds as (

    select
        conversion_id,
        {{ exact_sum('refund') }} as refunds
    from {{ ref('stg_refunds') }}
    group by conversion_id

),

conversions as (

    select
        conversions.*,
        coalesce(refunds.refunds, 0) as refunds
    from {{ ref('stg_conversions') }} as conversions
    left join refunds on conversions.conversion_id = refunds.conversion_id
    where
        true
        {% if setting('conversion_types') %}
            and conversion_type in ({{ sql_list(setting('conversion_types')) }})
        {% endif %}
        {% if not var('count_refunded_conversions') %}
            and coalesce(refunds.refunds < conversions.revenue, true)
        {% endif %}

),

users as (

    select * from {{ ref('int_users') }}

),

numbered as (

    select
        conversions.*,
        users.user_key,
        cast(row_number() over (
            partition by users.user_key
            order by conversions.converted_at, conversions.conversion_id
        ) as bigint) as user_conversion
    from conversions
    inner join users on conversions.user_id = users.user_id

)

select
    -- The key of the journey that leads to it.
    {{ journey_key('user_key', 'user_conversion') }} as conversion_key,
    user_key,
    user_conversion,
    conversion_id,
    user_id,
    conversion_type,
    revenue,
    refunds,
    converted_at
from numbered
