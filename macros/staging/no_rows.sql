{% macro no_rows(table, columns) -%}
    {%- set empty = [] -%}
    {%- for column in columns -%}
        {%- do empty.append('cast(null as string) as ' ~ column) -%}
    {%- endfor -%}
    {{ return('(select ' ~ empty | join(', ') ~ ' where false) as no_' ~ table) }}
{%- endmacro %}
