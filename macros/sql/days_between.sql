{% macro days_between(earlier, later) -%}
    ({{ epoch_microseconds(later) }} - {{ epoch_microseconds(earlier) }}) / 86400000000e0
{%- endmacro %}
