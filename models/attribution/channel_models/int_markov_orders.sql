with

scores as (

    select * from {{ ref('int_markov_path_scores') }}

)

select distinct
    markov_order,
    states,
    log_likelihood,
    is_chosen
from scores
