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
        coalesce(refunds.refunds, 0) as refunds,
        case
            when conversions.user_id is not null
                then cast(row_number() over (
                    partition by conversions.user_id
                    order by conversions.converted_at, conversions.conversion_id
                ) as bigint) = 1
        end as is_first
    from {{ ref('stg_conversions') }} as conversions
    left join refunds on conversions.conversion_id = refunds.conversion_id

),

counted as (

    select * from conversions
    where
        true
        {% if setting('conversion_types') %}
            and conversion_type in ({{ sql_list(setting('conversion_types')) }})
        {% endif %}
        {% if not var('count_refunded_conversions') %}
            and (refunds = 0 or refunds < revenue)
        {% endif %}

),

users as (

    select * from {{ ref('int_users') }}

),

numbered as (

    select
        counted.*,
        users.user_key,
        cast(row_number() over (
            partition by users.user_key
            order by counted.converted_at, counted.conversion_id
        ) as bigint) as user_conversion
    from counted
    inner join users
        on
            {{ user_ref('counted.user_id', 'counted.conversion_id') }}
            = users.user_ref

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
    coalesce(is_new_customer, is_first) as is_new_customer,
    converted_at
from numbered
