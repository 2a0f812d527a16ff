select
    touchpoint_id,
    user_id,
    channel,
    campaign,
    interaction,
    features,
    cost,
    occurred_at
from {{ decided_rows('touchpoints') }}
where rejection_reason is null
