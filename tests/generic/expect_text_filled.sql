{% test expect_text_filled(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where
    {% for column in columns -%}
        coalesce({{ column }}, '') = ''
        {% if not loop.last %}or {% endif %}
    {%- endfor %}

{% endtest %}
