{% macro project_settings() -%}
    {% set settings = {} %}
    {% for name in [
        'dataset', 'datasets', 'data_path', 'stream_columns', 'spend_path', 'spend_columns',
        'criteo_channel', 'as_of', 'reporting_currency', 'lookback_days',
        'lookback_unit', 'touch_reuse', 'null_journey_gap_days', 'conversion_types',
        'channels_to_include', 'channels_to_exclude', 'path_transforms',
        'direct_channels', 'max_touches', 'attribution_models', 'half_life_days',
        'position_based_weights', 'w_shaped_weights', 'milestone_interactions',
        'bootstrap_samples', 'seed',
    ] %}
        {% do settings.update({name: var(name)}) %}
    {% endfor %}
    {% do settings.update({'as_of': settings.as_of | string if settings.as_of is not none else none}) %}
    {{ return(settings) }}
{%- endmacro %}
