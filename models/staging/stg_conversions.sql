select
    conversion_id,
    user_id,
    conversion_type,
    revenue,
    converted_at
from {{ ref('base_conversions') }}
where rejection_reason is null
