-- The refunds of conversions that count, and those without an order.
with

refunds as (

    select * from {{ ref('stg_refunds') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

)

select
    refunds.refund_id,
    conversions.conversion_id,
    conversions.conversion_key,
    refunds.refund,
    refunds.refunded_at
from refunds
left join conversions on refunds.conversion_id = conversions.conversion_id
where refunds.conversion_id is null or conversions.conversion_id is not null
