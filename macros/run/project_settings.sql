{% macro project_settings() -%}
    {% set settings = {} %}
    {% for name in [
        'dataset', 'datasets', 'data_path', 'input_schema', 'columns', 'spend_path',
        'criteo_channel', 'session_channel_column',
        'session_own_hosts', 'session_missing_texts', 'touchpoint_features',
        'max_rejected_share', 'placeholder_user_ids', 'refund_types',
        'count_refunded_conversions', 'revenue_basis', 'spend_duplicates',
        'timestamp_format', 'number_format',
        'input_time_zone', 'reporting_time_zone', 'date_only_conversions', 'as_of',
        'reporting_currency', 'lookback_days', 'lookback_unit', 'touch_reuse', 'null_journey_gap_days', 'conversion_types',
        'channels_to_include', 'channels_to_exclude', 'path_transforms', 'null_path_censoring',
        'direct_channels', 'max_touches', 'attribution_models', 'half_life_days',
        'position_based_weights', 'w_shaped_weights', 'milestone_interactions',
        'markov_order', 'markov_includes_nulls', 'shapley_permutations', 'network',
        'lstm_shapley_exact_touches', 'lstm_shapley_permutations', 'shapley_by_day_output', 'split_by',
        'test_fraction', 'validation_fraction', 'test_from', 'refit', 'fitted_models_path',
        'training_limit', 'hazard_limit', 'evaluation_limit', 'arrival_minutes', 'bootstrap_samples', 'seed', 'file_format',
    ] %}
        {% do settings.update({name: var(name)}) %}
    {% endfor %}
    {% for name in ['as_of', 'test_from'] if settings[name] is not none %}
        {% do settings.update({name: settings[name] | string}) %}
    {% endfor %}
    {{ return(settings) }}
{%- endmacro %}
