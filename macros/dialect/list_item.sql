{% macro list_item(items, place) -%}
    {{ adapter.dispatch('list_item')(items, place) }}
{%- endmacro %}

{% macro duckdb__list_item(items, place) -%}
    {{ items }}[{{ place }}]
{%- endmacro %}

{% macro spark__list_item(items, place) -%}
    element_at({{ items }}, {{ place }})
{%- endmacro %}
