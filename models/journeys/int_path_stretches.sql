-- What cuts show of the paths, once however many cuts show it: a path of its own to the
-- models of paths. A stretch has the number of its first cut.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

stretches as (

    select
        min(cuts.cut_key) as stretch_key,
        journey_paths.path_key,
        cuts.first_position,
        cuts.last_position
    from cuts
    inner join journey_paths on cuts.journey_key = journey_paths.journey_key
    group by journey_paths.path_key, cuts.first_position, cuts.last_position

)

select
    stretches.stretch_key,
    stretches.path_key,
    stretches.first_position,
    stretches.last_position,
    list_slice(
        paths.channel_keys, stretches.first_position, stretches.last_position
    ) as channel_keys
from stretches
inner join paths on stretches.path_key = paths.path_key
