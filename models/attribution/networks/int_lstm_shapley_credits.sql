-- Credit is non-negative: a touchpoint that lowers the probability earns nothing.
select
    journey_key,
    position,
    'lstm_shapley' as attribution_model,
    credit
from {{ ref('int_lstm_shapley_values') }}
