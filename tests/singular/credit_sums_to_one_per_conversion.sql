-- Guards the ledger's first law: under every attribution model, the credit of a
-- conversion sums to 1. Without it, a rule whose weights don't add up, or a touchpoint
-- that a join lost or doubled, would inflate some conversions and shrink others, while
-- totals could still look right.
select
    conversion_id,
    attribution_model,
    {{ exact_sum('credit') }} as credit
from {{ ref('fct_attribution_credits') }}
group by conversion_id, attribution_model
having {{ is_not_close(exact_sum('credit'), 1) }}
