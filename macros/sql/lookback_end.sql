{% macro lookback_end(occurred_at) -%}
    {%- if setting('lookback_days') is none -%}
        cast(null as bigint)
    {%- elif var('lookback_unit') == 'calendar_day' -%}
        {%- set ended = epoch_microseconds(dbt.date_trunc('day', reporting_time(occurred_at)))
            ~ ' + ' ~ (((setting('lookback_days') | int) + 1) * 86400000000 - 1) -%}
        {%- if var('reporting_time_zone') == 'UTC' -%}
            {{ ended }}
        {%- else -%}
            {{ epoch_microseconds(time_of_zone(
                from_epoch_microseconds(ended), var('reporting_time_zone')
            )) }}
        {%- endif -%}
    {%- else -%}
        {{ epoch_microseconds(occurred_at) }}
        + {{ (setting('lookback_days') * 86400000000) | round | int }}
    {%- endif -%}
{%- endmacro %}
