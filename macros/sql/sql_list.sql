{% macro sql_list(values) -%}
    {% for value in values -%}
        '{{ value | replace("'", "''") }}'
        {%- if not loop.last %}, {% endif %}
    {%- endfor %}
{%- endmacro %}
