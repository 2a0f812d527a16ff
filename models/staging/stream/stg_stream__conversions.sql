-- A row whose flag can't be read is kept here to be rejected, never guessed.
with

events as (

    select * from {{ ref('stg_stream__events') }}

),

flagged as (

    select
        *,
        cast(row_number() over (
            partition by row_hash
            order by
                user_id nulls last,
                occurred_at nulls last,
                channel nulls last,
                campaign nulls last,
                interaction nulls last,
                conversion_value nulls last,
                cost nulls last
        ) as bigint) as occurrence
    from events
    where is_conversion or is_conversion is null

)

select
    coalesce(
        {{ null_if_blank('conversion_id') }},
        {{ hash_as_text('row_hash') }} || case
            when occurrence > 1 then '-' || cast(occurrence as string) else ''
        end
    ) as conversion_id,
    user_id,
    cast(null as string) as conversion_type,
    cast(null as string) as currency,
    cast(null as string) as refunded_conversion_id,
    cast(null as string) as is_new_customer,
    row_hash,
    conversion_value as revenue,
    false as is_date_alone,
    occurred_at as converted_at,
    case when is_conversion is null then 'conversion is not a flag (0 or 1)' end
        as problem
from flagged
