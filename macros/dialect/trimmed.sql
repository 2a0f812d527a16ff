{% macro trimmed(text) -%}
    {{ adapter.dispatch('trimmed')(text) }}
{%- endmacro %}

{% macro duckdb__trimmed(text) -%}
    trim({{ text }})
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    {#- DuckDB takes away every space of Unicode, Spark that of the keyboard alone. -#}
    trim(both ' ' || chr(160) from {{ text }})
{%- endmacro %}
