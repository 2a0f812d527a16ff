{% macro null_if_blank(text) -%}
    nullif({{ trimmed(text) }}, '')
{%- endmacro %}
