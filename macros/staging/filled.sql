{% macro filled(text) -%}
    case when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}
