{% macro snapshot_models() -%}
    {{ return(fitted_models() + ['lstm_shapley']) }}
{%- endmacro %}
