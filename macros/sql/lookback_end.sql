{% macro lookback_end(occurred_at) -%}
    {%- if setting('lookback_days') is none -%}
        cast(null as bigint)
    {%- elif var('lookback_unit') == 'calendar_day' -%}
        {{ epoch_microseconds(dbt.date_trunc('day', occurred_at)) }}
        + {{ ((setting('lookback_days') | int) + 1) * 86400000000 - 1 }}
    {%- else -%}
        {{ epoch_microseconds(occurred_at) }}
        + {{ (setting('lookback_days') * 86400000000) | round | int }}
    {%- endif -%}
{%- endmacro %}
