-- Guards that every user with a touchpoint and without a conversion has a propensity
-- under every fitted model, and nobody else has. Without it, the best prospects could
-- be missing from the list, or buyers be courted again. A user and a model have one row
-- (a test of the mart), so as many rows as models are all of them.
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

    select count(distinct fitted_model) as models from {{ ref('fct_journey_scores') }}

),

found as (

    select
        user_id,
        count(*) as propensities
    from {{ ref('fct_user_propensity') }}
    group by user_id

)

select
    coalesce(prospects.user_id, found.user_id) as user_id,
    prospects.user_id is not null as has_not_converted,
    found.propensities
from prospects
full outer join found on prospects.user_id = found.user_id
cross join fitted_models
where
    prospects.user_id is null
    or coalesce(found.propensities, 0) <> fitted_models.models
