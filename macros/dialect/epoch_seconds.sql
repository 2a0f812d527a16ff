{% macro epoch_seconds(seconds) -%}
    {{ adapter.dispatch('epoch_seconds')(seconds) }}
{%- endmacro %}

{% macro duckdb__epoch_seconds(seconds) -%}
    make_timestamp(try_cast(round(try_cast({{ seconds }} as double) * 1000000) as bigint))
{%- endmacro %}

{% macro spark__epoch_seconds(seconds) -%}
    cast(
        timestamp_micros(try_cast(round(try_cast({{ seconds }} as double) * 1000000) as bigint))
        as timestamp_ntz
    )
{%- endmacro %}
