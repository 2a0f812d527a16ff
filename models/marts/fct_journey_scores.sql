-- A view: a score per path is stored once, not once a journey.
{{ config(materialized='view') }}

with

journeys as (

    select * from {{ ref('journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

scores as (

    select * from {{ ref('int_markov_path_scores') }}

)

select
    journeys.journey_id,
    'markov' as fitted_model,
    journeys.split,
    scores.conversion_probability,
    journeys.is_converted
from journeys
inner join journey_paths on journeys.journey_key = journey_paths.journey_key
inner join scores on journey_paths.path_key = scores.path_key
