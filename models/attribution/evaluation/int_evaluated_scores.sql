{{ config(materialized='view') }}

-- What the scoreboard evaluates: scores of the examples by fitted models, and by the
-- orders that the chain could have.
with

examples as (

    select snapshot_key from {{ ref('int_examples') }}

),

snapshots as (

    select * from {{ ref('int_snapshot_paths') }}

),

orders as (

    select * from {{ ref('int_markov_path_scores') }}

),

scores as (

    select
        fitted_model,
        snapshot_key,
        conversion_probability
    from {{ ref('int_snapshot_scores') }}
    union all
    select
        'markov_order_' || cast(orders.markov_order as string) as fitted_model,
        snapshots.snapshot_key,
        orders.conversion_probability
    from snapshots
    inner join orders on snapshots.subpath_key = orders.subpath_key

)

select
    scores.fitted_model,
    scores.snapshot_key,
    scores.conversion_probability
from scores
inner join examples on scores.snapshot_key = examples.snapshot_key
