{% macro list_item(items, place) -%}
    {{ adapter.dispatch('list_item')(items, place) }}
{%- endmacro %}

{% macro duckdb__list_item(items, place) -%}
    {{ items }}[{{ place }}]
{%- endmacro %}

{% macro spark__list_item(items, place) -%}
    get({{ items }}, cast({{ place }} - 1 as int))
{%- endmacro %}
