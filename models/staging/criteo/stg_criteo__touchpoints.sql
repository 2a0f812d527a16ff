with

source as (

    select *
    from {{ input_rows(missing=['-1']) }}

)

select
    cast(null as string) as touchpoint_id,
    uid as user_id,
    cast({{ var('criteo_channel') }} as string) as channel,
    campaign,
    case when try_cast(click as double) = 1 then 'click' else 'impression' end
        as interaction,
    cast(null as string) as currency,
    features,
    -- Not of the whole row: by ids, touchpoints of one instant have an order, and it
    -- mustn't know which of them converts.
    {{ hash_of(['uid', 'timestamp', var('criteo_channel'), 'campaign']) }} as row_hash,
    cost,
    {{ epoch_seconds('timestamp') }} as occurred_at,
    cast(null as string) as problem
from source
