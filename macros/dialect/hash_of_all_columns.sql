{% macro hash_of_all_columns() -%}
    {{ adapter.dispatch('hash_of_all_columns')() }}
{%- endmacro %}

{% macro duckdb__hash_of_all_columns() -%}
    hash(*columns(*))
{%- endmacro %}

{% macro spark__hash_of_all_columns() -%}
    xxhash64(*)
{%- endmacro %}
