with

source as (

    select *
    from {{ input_rows() }}

)

select
    channel,
    campaign,
    cast(null as string) as currency,
    row_hash,
    spend,
    impressions,
    clicks,
    spend_date,
    cast(null as string) as problem
from source
