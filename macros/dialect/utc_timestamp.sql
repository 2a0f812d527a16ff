{% macro utc_timestamp(value) -%}
    {{ adapter.dispatch('utc_timestamp')(value) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(value) -%}
    {#- The type is known before the query runs, so a column of times skips the way
        through time zones, which is slow and which texts with an offset need. -#}
    case typeof({{ value }})
        when 'TIMESTAMP' then try_cast({{ value }} as timestamp)
        else try_cast({{ value }} as timestamptz) at time zone 'UTC'
    end
{%- endmacro %}

{% macro spark__utc_timestamp(value) -%}
    {#- The session is in UTC: a text with an offset is turned to it. Spark would take
        `2024` and `12:30` for times, too. -#}
    case
        when cast({{ value }} as string) rlike '^ *[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'
            then cast(try_cast({{ value }} as timestamp_ltz) as timestamp_ntz)
    end
{%- endmacro %}
