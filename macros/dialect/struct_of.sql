{% macro struct_of(fields) -%}
    {{ adapter.dispatch('struct_of')(fields) }}
{%- endmacro %}

{% macro duckdb__struct_of(fields) -%}
    struct_pack(
        {%- for name, value in fields.items() %}
            {{ adapter.quote(name | replace('"', '""')) }} := {{ value }}
            {%- if not loop.last %}, {% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{% macro spark__struct_of(fields) -%}
    named_struct(
        {%- for name, value in fields.items() %}
            {{ sql_list([name]) }}, {{ value }}
            {%- if not loop.last %}, {% endif %}
        {%- endfor %}
    )
{%- endmacro %}
