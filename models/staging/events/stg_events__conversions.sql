with

source as (

    select *
    from {{ input_rows(ref('demo_conversions') if var('dataset') == 'demo') }}

)

select
    conversion_id,
    user_id,
    conversion_type,
    currency,
    refunded_conversion_id,
    is_new_customer,
    row_hash,
    revenue,
    is_date_alone,
    converted_at,
    cast(null as string) as problem
from source
