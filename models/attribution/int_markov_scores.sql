{{ config(materialized='view') }}

select
    cut_key,
    conversion_probability
from {{ ref('int_markov_order_scores') }}
where is_chosen
