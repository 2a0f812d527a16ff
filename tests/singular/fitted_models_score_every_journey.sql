-- Guards that a fitted model scores each journey with a touchpoint, and no other, with
-- the outcome that the journey has. Without it, journeys whose path the model never met
-- could drop out, and the model would be judged on the easy ones alone. A journey and a
-- model have one row (a test of the mart), so as many rows as models are all of them.
with

fitted_models as (

    select count(distinct fitted_model) as models from {{ ref('fct_journey_scores') }}

),

scored as (

    select
        journey_id,
        count(*) as scores,
        count(conversion_probability) as probabilities,
        sum(case when is_converted then 1 else 0 end) as conversions
    from {{ ref('fct_journey_scores') }}
    group by journey_id

),

journeys as (

    select
        journey_id,
        is_converted
    from {{ ref('fct_journeys') }}
    where touch_count > 0

)

select
    coalesce(journeys.journey_id, scored.journey_id) as journey_id,
    journeys.is_converted,
    scored.scores,
    scored.probabilities,
    scored.conversions
from journeys
full outer join scored on journeys.journey_id = scored.journey_id
cross join fitted_models
where
    fitted_models.models > 0
    and (
        journeys.journey_id is null
        or coalesce(scored.probabilities, 0) <> fitted_models.models
        or scored.scores <> fitted_models.models
        or scored.conversions
        <> case when journeys.is_converted then fitted_models.models else 0 end
    )
