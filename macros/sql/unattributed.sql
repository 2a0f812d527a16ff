{% macro unattributed() -%}
    (unattributed)
{%- endmacro %}
