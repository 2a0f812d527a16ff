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
    row_hash,
    cost,
    occurred_at,
    cast(null as varchar) as problem
from source
