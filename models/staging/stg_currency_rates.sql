select
    currency,
    rate,
    valid_from,
    valid_to
from {{ ref('base_currency_rates') }}
where rejection_reason is null
