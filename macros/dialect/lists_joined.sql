{% macro lists_joined(first, second) -%}
    {{ adapter.dispatch('lists_joined')(first, second) }}
{%- endmacro %}

{% macro duckdb__lists_joined(first, second) -%}
    list_concat({{ first }}, {{ second }})
{%- endmacro %}

{% macro spark__lists_joined(first, second) -%}
    concat(coalesce({{ first }}, array()), coalesce({{ second }}, array()))
{%- endmacro %}
