with

source as (

    select *
    from {{ input_rows() }}

)

select
    channel,
    campaign,
    cast(null as varchar) as currency,
    row_hash,
    spend,
    impressions,
    clicks,
    spend_date,
    cast(null as varchar) as problem
from source
