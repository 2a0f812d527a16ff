{% macro utc_timestamp(value) -%}
    {{ adapter.dispatch('utc_timestamp')(value) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(value) -%}
    {#- The type is known before the query runs. A text is cast as a time without a zone:
        the cast to one with a zone takes a zone that a row names for the rows after it.
        Where a time is beyond the years that a ledger can have, `at time zone` throws. -#}
    case typeof({{ value }})
        when 'VARCHAR' then
            case
                when
                    regexp_full_match(
                        cast({{ value }} as varchar),
                        '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?)?'
                    )
                    then try_cast({{ value }} as timestamp)
            end
        when 'TIMESTAMP WITH TIME ZONE' then
            case
                when
                    try_cast({{ value }} as timestamptz)
                    between timestamptz '0001-01-02 00:00:00+00'
                    and timestamptz '9999-12-31 23:59:59.999999+00'
                    then make_timestamp(epoch_us(try_cast({{ value }} as timestamptz)))
            end
        else try_cast({{ value }} as timestamp)
    end
{%- endmacro %}

{% macro spark__utc_timestamp(value) -%}
    {#- The session is in UTC. Spark would take `2024` and `12:30` for times, too. -#}
    case
        when cast({{ value }} as string) rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+)?$'
            then cast(try_cast({{ value }} as timestamp_ltz) as timestamp_ntz)
    end
{%- endmacro %}
