{% macro distinct_items(items) -%}
    {{ adapter.dispatch('distinct_items')(items) }}
{%- endmacro %}

{% macro duckdb__distinct_items(items) -%}
    list_distinct({{ items }})
{%- endmacro %}

{% macro spark__distinct_items(items) -%}
    array_distinct({{ items }})
{%- endmacro %}
