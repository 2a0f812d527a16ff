{% macro time_in_zone(time, zone) -%}
    {{ adapter.dispatch('time_in_zone')(time, zone) }}
{%- endmacro %}

{% macro duckdb__time_in_zone(time, zone) -%}
    {#- Beyond the years that a ledger can have, the calendar of zones throws. -#}
    case
        when {{ time }} between timestamp '0002-01-01' and timestamp '9999-12-30'
            then timezone('{{ zone }}', timezone('UTC', {{ time }}))
    end
{%- endmacro %}

{% macro spark__time_in_zone(time, zone) -%}
    cast(from_utc_timestamp({{ time }}, '{{ zone }}') as timestamp_ntz)
{%- endmacro %}
