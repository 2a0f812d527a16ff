-- Guards that the ledger speaks of all conversions, and of no others, under every
-- attribution model. Without it, conversions without a touchpoint would vanish as soon
-- as one model forgot them, and models would be compared on different conversions.
with

expected as (

    select
        conversions.conversion_id,
        attribution_models.attribution_model
    from {{ ref('fct_conversions') }} as conversions
    cross join {{ ref('int_attribution_models') }} as attribution_models

),

present as (

    select distinct
        conversion_id,
        attribution_model
    from {{ ref('fct_attribution_credits') }}

)

select
    coalesce(expected.conversion_id, present.conversion_id) as conversion_id,
    coalesce(expected.attribution_model, present.attribution_model)
        as attribution_model,
    present.conversion_id is not null as is_in_the_ledger
from expected
full outer join present
    on
        expected.conversion_id = present.conversion_id
        and expected.attribution_model = present.attribution_model
where expected.conversion_id is null or present.conversion_id is null
