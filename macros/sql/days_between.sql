{% macro days_between(earlier, later) -%}
    ({{ epoch_microseconds(later) }} - {{ epoch_microseconds(earlier) }}) / 86400000000.0
{%- endmacro %}
