with

source as (

    select *
    from {{ input_rows(ref('demo_touchpoints') if var('dataset') == 'demo') }}

)

select
    touchpoint_id,
    user_id,
    channel,
    campaign,
    interaction,
    currency,
    features,
    -- Not of the whole row: by ids, touchpoints of one instant have an order, and it
    -- mustn't know which of them converts.
    {{ hash_of(['user_id', 'occurred_at', 'channel', 'campaign']) }} as row_hash,
    cost,
    occurred_at,
    cast(null as string) as problem
from source
