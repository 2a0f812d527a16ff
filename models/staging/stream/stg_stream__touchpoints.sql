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
    -- A page view without a source belongs to the visit that it is in.
    case
        when {{ null_if_blank('channel') }} is null
            then 'event without a channel is no touchpoint'
    end as problem
from events
