{% macro is_finite(value) -%}
    {{ adapter.dispatch('is_finite')(value) }}
{%- endmacro %}

{% macro duckdb__is_finite(value) -%}
    isfinite({{ value }})
{%- endmacro %}

{% macro spark__is_finite(value) -%}
    (not isnan({{ value }}) and abs({{ value }}) < double('infinity'))
{%- endmacro %}
