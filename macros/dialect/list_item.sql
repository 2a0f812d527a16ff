{% macro list_item(items, position) -%}
    {{ adapter.dispatch('list_item')(items, position) }}
{%- endmacro %}

{% macro duckdb__list_item(items, position) -%}
    {{ items }}[{{ position }}]
{%- endmacro %}

{% macro spark__list_item(items, position) -%}
    get({{ items }}, cast({{ position }} - 1 as int))
{%- endmacro %}
