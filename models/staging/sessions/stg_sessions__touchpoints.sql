with

sessions as (

    select * from {{ ref('base_sessions') }}

)

select
    session_id as touchpoint_id,
    user_id,
    channel,
    utm_campaign as campaign,
    'visit' as interaction,
    cast(null as string) as currency,
    features,
    row_id as row_hash,
    cast(null as string) as cost,
    raw_started_at as occurred_at,
    problem
from sessions
