{{ config(materialized='view') }}

-- Journeys as they stand, with the cut at which fitted models score them.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where is_latest

),

open_journeys as (

    select * from {{ ref('int_open_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

)

select
    cuts.cut_key,
    cuts.journey_key,
    journey_paths.path_key,
    open_journeys.journey_key is not null as is_open,
    cuts.last_touched_at
from cuts
inner join journey_paths on cuts.journey_key = journey_paths.journey_key
left join open_journeys on cuts.journey_key = open_journeys.journey_key
