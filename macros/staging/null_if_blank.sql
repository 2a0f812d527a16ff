{% macro null_if_blank(text) -%}
    case when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}
