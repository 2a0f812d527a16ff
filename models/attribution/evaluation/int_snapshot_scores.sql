{{ config(materialized='view') }}

-- Every fitted model ends here: the probability of conversion that it sees at each
-- cutoff. A new model is one more source below.
{% for fitted_model, source in {
    'markov': 'int_markov_scores',
    'logistic_regression': 'int_logistic_regression_scores',
    'lightgbm': 'int_lightgbm_scores',
    'additive_hazard': 'int_additive_hazard_scores',
    'lstm': 'int_lstm_scores',
    'attention_lstm': 'int_attention_lstm_scores',
}.items() -%}
    select
        '{{ fitted_model }}' as fitted_model,
        snapshot_key,
        conversion_probability
    from {{ ref(source) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
