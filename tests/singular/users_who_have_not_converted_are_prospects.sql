-- Guards that every user with a touchpoint and without a conversion has a propensity
-- under every fitted model, and nobody else has. Without it, the best prospects could
-- be missing from the list, or buyers be courted again. A user and a model have one row
-- (a test of the mart), so as many rows of these models as there are are all of them.
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

counted as (

    select count(*) as models from fitted_models

),

found as (

    select
        propensity.user_id,
        count(*) as propensities,
        count(fitted_models.fitted_model) as of_these_models
    from {{ ref('fct_user_propensity') }} as propensity
    left join fitted_models
        on propensity.fitted_model = fitted_models.fitted_model
    group by propensity.user_id

)

select
    coalesce(prospects.user_id, found.user_id) as user_id,
    prospects.user_id is not null as has_not_converted,
    found.propensities,
    found.of_these_models
from prospects
full outer join found on prospects.user_id = found.user_id
cross join counted
where
    prospects.user_id is null
    or found.propensities <> counted.models
    or coalesce(found.of_these_models, 0) <> counted.models
