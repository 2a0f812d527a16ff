{% macro decided_rows(table) -%}
    {#- base_input_rows stops a run that rejects too much, before this is read. -#}
    {% do ref('base_input_rows') %}
    {{ return(ref('base_' ~ table)) }}
{%- endmacro %}
