{% macro from_epoch_microseconds(microseconds) -%}
    {{ adapter.dispatch('from_epoch_microseconds')(microseconds) }}
{%- endmacro %}

{% macro duckdb__from_epoch_microseconds(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro spark__from_epoch_microseconds(microseconds) -%}
    cast(timestamp_micros({{ microseconds }}) as timestamp_ntz)
{%- endmacro %}
