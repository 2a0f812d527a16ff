{% macro row_as_struct(relation) -%}
    {{ adapter.dispatch('row_as_struct')(relation) }}
{%- endmacro %}

{% macro duckdb__row_as_struct(relation) -%}
    {{ relation }}
{%- endmacro %}

{% macro spark__row_as_struct(relation) -%}
    struct({{ relation }}.*)
{%- endmacro %}
