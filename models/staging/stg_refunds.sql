-- A refund belongs to the order that it names, else to the user's last one before it.
with

refunds as (

    select
        *,
        cast(row_number() over (
            partition by conversion_id order by converted_at, revenue
        ) as bigint) as refund_number
    from {{ decided_rows('conversions') }}
    where rejection_reason is null and is_refund

),

conversions as (

    select * from {{ ref('stg_conversions') }}

),

named as (

    select
        refunds.*,
        conversions.conversion_id as named_order_id
    from refunds
    left join conversions
        on
            coalesce(refunds.refunded_conversion_id, refunds.conversion_id)
            = conversions.conversion_id

),

orders_before as (

    select
        named.conversion_id,
        named.refund_number,
        conversions.conversion_id as order_id,
        cast(row_number() over (
            partition by named.conversion_id, named.refund_number
            order by conversions.converted_at desc, conversions.conversion_id desc
        ) as bigint) as position
    from named
    inner join conversions on named.user_id = conversions.user_id
    where
        named.refunded_conversion_id is null
        and named.named_order_id is null
        and conversions.converted_at <= named.converted_at
        -- Nothing is given back of a sign-up.
        and conversions.revenue > 0
        {% if setting('conversion_types') -%}
            and conversions.conversion_type
            in ({{ sql_list(setting('conversion_types')) }})
        {%- endif %}

)

select
    -- Several refunds may state the id of their order.
    case
        when named.named_order_id = named.conversion_id or named.refund_number > 1
            then
                named.conversion_id || '-refund-'
                || cast(named.refund_number as string)
        else named.conversion_id
    end as refund_id,
    coalesce(named.named_order_id, orders_before.order_id) as conversion_id,
    named.user_id,
    named.revenue as refund,
    named.converted_at as refunded_at
from named
left join orders_before
    on
        named.conversion_id = orders_before.conversion_id
        and named.refund_number = orders_before.refund_number
        and orders_before.position = 1
