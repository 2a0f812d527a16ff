{% macro in_lookback(occurred_at, converted_at) -%}
    {%- if setting('lookback_days') is none -%}
        {{ occurred_at }} <= {{ converted_at }}
    {%- elif var('lookback_unit') == 'calendar_day' -%}
        {{ occurred_at }} <= {{ converted_at }}
        and {{ dbt.datediff(
            reporting_time(occurred_at), reporting_time(converted_at), 'day'
        ) }}
        <= {{ setting('lookback_days') | int }}
    {%- else -%}
        {{ occurred_at }} <= {{ converted_at }}
        and {{ epoch_microseconds(converted_at) }} - {{ epoch_microseconds(occurred_at) }}
        <= {{ (setting('lookback_days') * 86400000000) | round | int }}
    {%- endif -%}
{%- endmacro %}
