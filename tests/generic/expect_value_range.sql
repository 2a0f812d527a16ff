{% test expect_value_range(model, column_name, min_value=none, max_value=none) %}

-- Not a number is greater than every number here, so it fails under a max_value.
{% set outside = [] -%}
{% if min_value is not none %}
    {% do outside.append(column_name ~ ' < ' ~ min_value) %}
{% endif -%}
{% if max_value is not none %}
    {% do outside.append(column_name ~ ' > ' ~ max_value) %}
{% endif -%}
select {{ column_name }}
from {{ model }}
where {{ outside | join(' or ') }}

{% endtest %}
