{{ config(materialized='view') }}

select
    snapshot_key,
    conversion_probability
from {{ ref('int_markov_order_scores') }}
where is_chosen
