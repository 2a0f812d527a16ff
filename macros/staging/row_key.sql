{% macro row_key(columns) -%}
    left(
        concat_ws(
            ' | ',
            {% for column in columns -%}
                coalesce(left({{ column }}, 80), '(missing)')
                {%- if not loop.last %}, {% endif %}
            {%- endfor %}
        ),
        255
    )
{%- endmacro %}
