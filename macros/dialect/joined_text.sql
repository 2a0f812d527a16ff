{% macro joined_text(items, separator) -%}
    {{ adapter.dispatch('joined_text')(items, separator) }}
{%- endmacro %}

{% macro duckdb__joined_text(items, separator) -%}
    array_to_string({{ items }}, '{{ separator }}')
{%- endmacro %}

{% macro spark__joined_text(items, separator) -%}
    array_join({{ items }}, '{{ separator }}')
{%- endmacro %}
