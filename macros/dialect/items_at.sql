{% macro items_at(items, places) -%}
    {{ adapter.dispatch('items_at')(items, places) }}
{%- endmacro %}

{% macro duckdb__items_at(items, places) -%}
    list_transform({{ places }}, k -> {{ items }}[k])
{%- endmacro %}

{% macro spark__items_at(items, places) -%}
    transform({{ places }}, k -> get({{ items }}, cast(k - 1 as int)))
{%- endmacro %}
