-- The file repeats a conversion on each impression before it. Its value isn't
-- published: cpo is what the advertiser paid for attributed ones, so it can't stand for
-- revenue.
with

source as (

    select *
    from {{ input_rows() }}

),

-- A row whose flag can't be read is kept here to be rejected, never guessed.
conversions as (

    select distinct
        conversion_id,
        uid,
        conversion_timestamp,
        coalesce(try_cast(conversion as double) = 1, false) as is_conversion
    from source
    where try_cast(conversion as double) is distinct from 0

)

select
    conversion_id,
    uid as user_id,
    cast(null as string) as conversion_type,
    cast(null as string) as currency,
    cast(null as string) as refunded_conversion_id,
    cast(null as string) as is_new_customer,
    0 as row_hash,
    cast(null as string) as revenue,
    false as is_date_alone,
    {{ epoch_seconds('conversion_timestamp') }} as converted_at,
    case
        when not is_conversion then 'conversion is not a flag (0 or 1)'
        when
            try_cast(conversion_timestamp as double) < 0
            or try_cast(conversion_id as double) < 0
            then 'conversion = 1 without a conversion_id and conversion_timestamp'
    end as problem
from conversions
