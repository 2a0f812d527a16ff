select
    conversion_id,
    user_id,
    conversion_type,
    revenue,
    is_new_customer,
    converted_at
from {{ decided_rows('conversions') }}
where rejection_reason is null and not is_refund
