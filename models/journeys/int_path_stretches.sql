-- What cuts show of the paths, once however many cuts show it. A stretch has the number
-- of its first cut.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

)

select
    min(cuts.cut_key) as stretch_key,
    journey_paths.path_key,
    cuts.first_position,
    cuts.last_position
from cuts
inner join journey_paths on cuts.journey_key = journey_paths.journey_key
group by journey_paths.path_key, cuts.first_position, cuts.last_position
