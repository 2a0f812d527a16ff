{{ config(materialized='view') }}

-- What the scoreboard judges: fitted models, and the orders that the chain could have.
select
    fitted_model,
    cut_key,
    conversion_probability
from {{ ref('int_cut_scores') }}
union all
select
    'markov_order_' || cast(markov_order as string) as fitted_model,
    cut_key,
    conversion_probability
from {{ ref('int_markov_order_scores') }}
