{% macro utc_timestamp(value) -%}
    {{ adapter.dispatch('utc_timestamp')(value) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(value) -%}
    (try_cast({{ value }} as timestamptz) at time zone 'UTC')
{%- endmacro %}

{% macro spark__utc_timestamp(value) -%}
    try_cast({{ value }} as timestamp_ntz)
{%- endmacro %}
