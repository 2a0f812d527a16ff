{% macro is_time_with_zone(value) -%}
    {{ adapter.dispatch('is_time_with_zone')(value) }}
{%- endmacro %}

{% macro duckdb__is_time_with_zone(value) -%}
    typeof({{ value }}) = 'TIMESTAMP WITH TIME ZONE'
{%- endmacro %}

{% macro spark__is_time_with_zone(value) -%}
    typeof({{ value }}) = 'timestamp'
{%- endmacro %}
