with

source as (

    select *
    from {{ input_rows(ref('demo_spend') if var('dataset') == 'demo') }}

)

select
    channel,
    campaign,
    currency,
    row_hash,
    spend,
    impressions,
    clicks,
    spend_date,
    {{ total_row('spend_date', ['channel', 'campaign']) }} as problem
from source
