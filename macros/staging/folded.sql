{% macro folded(name) -%}
    {#- Numbers that passed through a float end in `.0`. -#}
    regexp_replace(lower({{ name }}), '[.]0+$', '')
{%- endmacro %}
