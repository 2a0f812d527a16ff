{{ config(materialized='view') }}

-- Journeys as they stand, with the snapshot at which fitted models score them.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}
    where is_latest

),

open_journeys as (

    select * from {{ ref('int_open_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

)

select
    snapshots.snapshot_key,
    snapshots.journey_key,
    journey_paths.path_key,
    open_journeys.journey_key is not null as is_open,
    snapshots.last_touched_at
from snapshots
inner join journey_paths on snapshots.journey_key = journey_paths.journey_key
left join open_journeys on snapshots.journey_key = open_journeys.journey_key
