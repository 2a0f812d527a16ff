-- A table: after a build of a part, a view would show today's journeys with the chances
-- of yesterday's.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

scores as (

    select * from {{ ref('int_cut_scores') }}

),

journeys as (

    select * from {{ ref('journeys') }}

)

select
    journeys.journey_id,
    scores.fitted_model,
    cuts.split,
    scores.conversion_probability,
    cuts.is_converted
from cuts
inner join scores on cuts.cut_key = scores.cut_key
inner join journeys on cuts.journey_key = journeys.journey_key
where cuts.is_latest
