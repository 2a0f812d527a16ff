{{ config(materialized='view') }}

-- What fitted models say of journeys as they stand, with what those journeys are.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where is_current

),

scores as (

    select * from {{ ref('int_cut_scores') }}

),

open_journeys as (

    select * from {{ ref('int_open_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

)

select
    cuts.journey_key,
    journey_paths.path_key,
    scores.fitted_model,
    scores.conversion_probability,
    open_journeys.journey_key is not null as is_open,
    cuts.last_touched_at
from cuts
inner join scores on cuts.cut_key = scores.cut_key
inner join journey_paths on cuts.journey_key = journey_paths.journey_key
left join open_journeys on cuts.journey_key = open_journeys.journey_key
