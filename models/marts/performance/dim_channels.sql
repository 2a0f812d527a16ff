with

campaigns as (

    select * from {{ ref('dim_campaigns') }}

)

select
    channel,
    cast(sum(touchpoints) as bigint) as touchpoints,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from campaigns
group by channel
