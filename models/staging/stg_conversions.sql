select
    conversion_id,
    user_id,
    conversion_type,
    revenue,
    converted_at
from {{ decided_rows('conversions') }}
where rejection_reason is null and not is_refund
