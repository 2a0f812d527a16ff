{% macro epoch_seconds(seconds) -%}
    {{ adapter.dispatch('epoch_seconds')(seconds) }}
{%- endmacro %}

{% macro duckdb__epoch_seconds(seconds) -%}
    {#- Beyond the years that a ledger can have, make_timestamp throws. -#}
    case
        when abs(try_cast({{ seconds }} as double)) < 253402300800
            then make_timestamp(
                cast(round(try_cast({{ seconds }} as double) * 1000000) as bigint)
            )
    end
{%- endmacro %}

{% macro spark__epoch_seconds(seconds) -%}
    case
        when abs(try_cast({{ seconds }} as double)) < 253402300800
            then cast(
                timestamp_micros(
                    try_cast(round(try_cast({{ seconds }} as double) * 1000000) as bigint)
                ) as timestamp_ntz
            )
    end
{%- endmacro %}
