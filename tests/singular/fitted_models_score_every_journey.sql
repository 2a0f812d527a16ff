-- Guards that a fitted model scores each journey with a touchpoint, and no other, with
-- the outcome that the journey has. Without it, journeys whose path the model never met
-- could drop out, and the model would be evaluated on the easy ones alone. A journey
-- and a model have one row (a test of the mart), so as many rows as journeys are all of
-- them.
with

journeys as (

    select
        journey_id,
        is_converted
    from {{ ref('fct_journeys') }}
    where touch_count > 0

),

scores as (

    select * from {{ ref('fct_journey_scores') }}

),

counted as (

    select
        fitted_model,
        count(*) as scores
    from scores
    group by fitted_model

),

expected as (

    select count(*) as scores from journeys

)

select
    'as_many_as_journeys' as rule,
    counted.fitted_model,
    counted.scores || ' for ' || expected.scores as breach
from counted
cross join expected
where counted.scores <> expected.scores
union all
select
    'of_a_journey_and_its_outcome' as rule,
    scores.fitted_model,
    scores.journey_id as breach
from scores
left join journeys
    on
        scores.journey_id = journeys.journey_id
        and scores.is_converted = journeys.is_converted
where
    journeys.journey_id is null
    or scores.conversion_probability is null
