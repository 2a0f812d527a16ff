-- Attributes pass whatever their names are.
select {{ all_but(['row_key', 'rejection_reason']) }} -- noqa: AM04
from {{ decided_rows('user_profiles') }}
where rejection_reason is null
