{% macro features_of_touchpoints(columns, missing) -%}
    {%- if not columns -%}
        {{ return('cast(null as boolean)') }}
    {%- endif -%}
    {%- set fields = {} -%}
    {%- for name in columns -%}
        {%- set text = 'trim(cast(' ~ adapter.quote(name | replace('"', '""')) ~ ' as string))' -%}
        {%- do fields.update({name:
            'case when lower(' ~ text ~ ') not in (' ~ sql_list([''] + missing | map('lower') | list)
            ~ ') then ' ~ text ~ ' end'
        }) -%}
    {%- endfor -%}
    {{ struct_of(fields) }}
{%- endmacro %}
