{% macro row_key(columns) -%}
    left(
        concat_ws(
            ' | ',
            {% for column in columns -%}
                coalesce(left(cast({{ column }} as string), 80), '(missing)')
                {%- if not loop.last %}, {% endif %}
            {%- endfor %}
        ),
        255
    )
{%- endmacro %}
