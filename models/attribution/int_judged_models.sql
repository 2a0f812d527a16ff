{{ config(materialized='view') }}

select attribution_model as fitted_model
from {{ ref('int_attribution_models') }}
union all
select 'markov_order_' || cast(markov_order as varchar) as fitted_model
from {{ ref('int_markov_orders') }}
