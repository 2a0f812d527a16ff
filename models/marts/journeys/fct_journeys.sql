select
    journey_id,
    user_id,
    conversion_id,
    path,
    touch_count,
    revenue,
    days_to_convert,
    is_converted,
    started_at,
    ended_at
from {{ ref('journeys') }}
