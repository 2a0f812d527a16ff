with

events as (

    select * from {{ ref('stg_stream__events') }}

)

select
    cast(null as varchar) as touchpoint_id,
    user_id,
    channel,
    campaign,
    interaction,
    cast(null as varchar) as currency,
    features,
    row_hash,
    cost,
    occurred_at,
    cast(null as varchar) as problem
from events
