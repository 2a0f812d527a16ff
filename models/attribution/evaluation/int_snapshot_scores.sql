{{ config(materialized='view') }}

-- Every fitted model ends here: the probability of conversion that it sees at each
-- cutoff. A new model is one more source in the list. The Markov chain scores what a
-- snapshot shows of its path.
{% for fitted_model in [
    'logistic_regression',
    'lightgbm',
    'additive_hazard',
    'lstm',
    'attention_lstm',
] -%}
    select
        '{{ fitted_model }}' as fitted_model,
        snapshot_key,
        conversion_probability
    from {{ ref('int_' ~ fitted_model ~ '_scores') }}
    union all
{% endfor %}
select
    'markov' as fitted_model,
    snapshots.snapshot_key,
    scores.conversion_probability
from {{ ref('int_snapshot_paths') }} as snapshots
inner join {{ ref('int_markov_path_scores') }} as scores
    on snapshots.subpath_key = scores.subpath_key
where scores.is_chosen
