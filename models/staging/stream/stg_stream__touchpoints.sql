with

events as (

    select * from {{ ref('stg_stream__events') }}

)

select
    cast(null as string) as touchpoint_id,
    user_id,
    channel,
    campaign,
    interaction,
    cast(null as string) as currency,
    features,
    -- Not of the whole row: by ids, touchpoints of one instant have an order, and it
    -- mustn't know which of them converts.
    {{ hash_of(['user_id', 'occurred_at', 'channel', 'campaign']) }} as row_hash,
    cost,
    occurred_at,
    cast(null as string) as problem
from events
