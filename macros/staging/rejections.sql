{% macro rejected_value(values) -%}
    {#- A reason begins with the name of the column that it is about. -#}
    case
        {% for column, value in values.items() -%}
            when rejection_reason like '{{ column }} %'
                then left(cast({{ value }} as string), 255)
        {% endfor -%}
    end
{%- endmacro %}

{% macro breaks_contract(reason) -%}
    {#- Rows that can be read, and that are left out for what they are. -#}
    not (
        {{ reason }} like '% is after as_of'
        or {{ reason }} = 'the row is a total of other rows'
        or {{ reason }} like '% occurs more than once'
        or {{ reason }} like '% stands for nobody'
        or {{ reason }} like '% is no touchpoint'
    )
{%- endmacro %}
