{% macro fitted_models() -%}
    {{ return(['logistic_regression', 'lightgbm']) }}
{%- endmacro %}
