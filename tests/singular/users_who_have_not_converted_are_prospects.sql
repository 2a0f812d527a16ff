-- Guards that every user with a touchpoint and without a conversion has a propensity
-- under every fitted model, and nobody else has. Without it, the best prospects could
-- be missing from the list, or buyers be courted again.
with

prospects as (

    select user_id
    from {{ ref('fct_journeys') }}
    group by user_id
    having
        sum(case when is_converted then 1 else 0 end) = 0
        and sum(touch_count) > 0

),

fitted_models as (

    select distinct fitted_model from {{ ref('fct_journey_scores') }}

),

expected as (

    select
        prospects.user_id,
        fitted_models.fitted_model
    from prospects
    cross join fitted_models

)

select
    coalesce(expected.user_id, found.user_id) as user_id,
    coalesce(expected.fitted_model, found.fitted_model) as fitted_model,
    expected.user_id is not null as has_not_converted
from expected
full outer join {{ ref('fct_user_propensity') }} as found
    on
        expected.user_id = found.user_id
        and expected.fitted_model = found.fitted_model
where
    expected.user_id is null
    or found.user_id is null
