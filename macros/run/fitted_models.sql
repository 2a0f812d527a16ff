{% macro fitted_models() -%}
    {{ return([
        'logistic_regression', 'lightgbm', 'additive_hazard', 'lstm', 'attention_lstm'
    ]) }}
{%- endmacro %}
