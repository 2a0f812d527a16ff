{{ config(materialized='view') }}

with

snapshots as (

    select * from {{ ref('int_snapshot_paths') }}

),

scores as (

    select * from {{ ref('int_markov_path_scores') }}

)

select
    snapshots.snapshot_key,
    scores.markov_order,
    scores.conversion_probability,
    scores.is_chosen
from snapshots
inner join scores on snapshots.subpath_key = scores.subpath_key
