{% macro each_item(items) -%}
    {{ adapter.dispatch('each_item')(items) }}
{%- endmacro %}

{% macro duckdb__each_item(items) -%}
    unnest({{ items }})
{%- endmacro %}

{% macro spark__each_item(items) -%}
    explode({{ items }})
{%- endmacro %}
