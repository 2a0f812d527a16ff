{{ config(materialized='view') }}

-- Journeys as they stand, with the snapshot at which fitted models score them. A
-- prospect is the latest journey of a user who hasn't converted.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}
    where is_latest

),

journeys as (

    select
        journey_key,
        next_started_at
    from {{ ref('int_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

converting as (

    select distinct user_key from {{ ref('int_conversions') }}

)

select
    snapshots.snapshot_key,
    snapshots.user_key,
    snapshots.journey_key,
    journey_paths.path_key,
    snapshots.is_open,
    journeys.next_started_at is null and converting.user_key is null as is_prospect,
    snapshots.last_touched_at
from snapshots
inner join journeys on snapshots.journey_key = journeys.journey_key
inner join journey_paths on snapshots.journey_key = journey_paths.journey_key
left join converting on snapshots.user_key = converting.user_key
