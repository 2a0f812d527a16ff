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
    {{ total_row('spend_date', ['channel', 'campaign']) }} as problem
from source
