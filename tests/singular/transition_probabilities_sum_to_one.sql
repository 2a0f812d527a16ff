-- Guards that from every state of the Markov chain journeys go somewhere with
-- certainty. Without it, a transition that a join or a filter lost would let journeys
-- vanish on their way, and every removal effect would be measured on a leaking chain.
select
    from_state,
    {{ exact_sum('probability') }} as probability
from {{ ref('fct_markov_transitions') }}
group by from_state
having {{ is_not_close(exact_sum('probability'), 1) }}
