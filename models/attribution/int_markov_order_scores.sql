{{ config(materialized='view') }}

with

cuts as (

    select * from {{ ref('int_cut_stretches') }}

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
inner join scores on cuts.stretch_key = scores.stretch_key
