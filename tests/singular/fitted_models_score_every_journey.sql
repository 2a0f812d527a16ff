-- Guards that a fitted model scores each journey with a touchpoint, and no other, with
-- the outcome that the journey has. Without it, journeys whose path the model never met
-- could drop out, and the model would be judged on the easy ones alone.
with

fitted_models as (

    select distinct fitted_model from {{ ref('fct_journey_scores') }}

),

expected as (

    select
        journeys.journey_id,
        fitted_models.fitted_model,
        journeys.is_converted
    from {{ ref('fct_journeys') }} as journeys
    cross join fitted_models
    where journeys.touch_count > 0

)

select
    coalesce(expected.journey_id, scores.journey_id) as journey_id,
    coalesce(expected.fitted_model, scores.fitted_model) as fitted_model,
    expected.is_converted,
    scores.is_converted as is_scored_as_converted,
    scores.conversion_probability
from expected
full outer join {{ ref('fct_journey_scores') }} as scores
    on
        expected.journey_id = scores.journey_id
        and expected.fitted_model = scores.fitted_model
where
    expected.journey_id is null
    or scores.conversion_probability is null
    or expected.is_converted <> scores.is_converted
