-- Guards against credit that is negative, above 1 or not a number (which the contract's
-- `credit >= 0` lets pass). Without it, a fitted model's signed effects could reach the
-- ledger and cancel out within a conversion, whose sum would still be 1.
select
    conversion_id,
    touchpoint_id,
    attribution_model,
    credit
from {{ ref('fct_attribution_credits') }}
-- The margin is for rounding in a quotient.
where credit is null or not credit between 0 and 1 + 1e-9
