-- Guards that the Markov chain is counted on the journeys there are: all of them start,
-- each state is left as often as it is entered, and as many convert as journeys do.
-- Without it, a chain of some of the journeys, or one that counts a step twice, would
-- still have probabilities that sum to 1.
with

journeys as (

    select journeys.is_converted
    from {{ ref('fct_journeys') }} as journeys
    inner join {{ ref('int_attribution_models') }} as attribution_models
        on attribution_models.attribution_model = 'markov'
    where
        journeys.touch_count > 0
        {% if not var('markov_includes_nulls') %}
            and journeys.is_converted
        {% endif %}

),

expected as (

    select
        '(start)' as chain_state,
        -count(*) as net_arrivals
    from journeys
    union all
    select
        '(conversion)' as chain_state,
        count(*) as net_arrivals
    from journeys
    where is_converted
    union all
    select
        '(null)' as chain_state,
        count(*) as net_arrivals
    from journeys
    where not is_converted

),

steps as (

    select
        to_state as chain_state,
        transitions
    from {{ ref('fct_markov_transitions') }}
    union all
    select
        from_state as chain_state,
        -transitions as transitions
    from {{ ref('fct_markov_transitions') }}

),

counted as (

    select
        chain_state,
        sum(transitions) as net_arrivals
    from steps
    group by chain_state

)

select
    coalesce(counted.chain_state, expected.chain_state) as chain_state,
    coalesce(counted.net_arrivals, 0) as net_arrivals,
    coalesce(expected.net_arrivals, 0) as expected_net_arrivals
from counted
full outer join expected on counted.chain_state = expected.chain_state
where coalesce(counted.net_arrivals, 0) <> coalesce(expected.net_arrivals, 0)
