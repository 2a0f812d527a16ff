select
    from_state,
    to_state,
    transitions,
    probability
from {{ ref('int_markov_transitions') }}
