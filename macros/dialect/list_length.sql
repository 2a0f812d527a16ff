{% macro list_length(items) -%}
    {{ adapter.dispatch('list_length')(items) }}
{%- endmacro %}

{% macro duckdb__list_length(items) -%}
    len({{ items }})
{%- endmacro %}

{% macro spark__list_length(items) -%}
    cast(array_size({{ items }}) as bigint)
{%- endmacro %}
