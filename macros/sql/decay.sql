{% macro decay(earlier, later) -%}
    power(2, -({{ days_between(earlier, later) }}) / {{ var('half_life_days') }})
{%- endmacro %}
