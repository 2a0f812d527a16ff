select * exclude (row_key, rejection_reason)
from {{ ref('base_user_profiles') }}
where rejection_reason is null
