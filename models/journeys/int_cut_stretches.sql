with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

stretches as (

    select * from {{ ref('int_path_stretches') }}

)

select
    cuts.cut_key,
    stretches.stretch_key
from cuts
inner join journey_paths on cuts.journey_key = journey_paths.journey_key
inner join stretches
    on
        journey_paths.path_key = stretches.path_key
        and cuts.first_position = stretches.first_position
        and cuts.last_position = stretches.last_position
