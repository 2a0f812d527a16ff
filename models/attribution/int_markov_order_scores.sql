{{ config(materialized='view') }}

with

cuts as (

    select * from {{ ref('int_snapshot_paths') }}

),

scores as (

    select * from {{ ref('int_markov_path_scores') }}

)

select
    cuts.cut_key,
    scores.markov_order,
    scores.conversion_probability,
    scores.is_chosen
from cuts
inner join scores on cuts.subpath_key = scores.subpath_key
