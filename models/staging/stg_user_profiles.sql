-- Attributes pass whatever their names are.
select {{ all_but(['row_key', 'rejected_value', 'rejection_reason']) }} -- noqa: AM04
from {{ decided_rows('user_profiles') }}
where rejection_reason is null
