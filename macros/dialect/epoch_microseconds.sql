{% macro epoch_microseconds(time) -%}
    {{ adapter.dispatch('epoch_microseconds')(time) }}
{%- endmacro %}

{% macro duckdb__epoch_microseconds(time) -%}
    epoch_us({{ time }})
{%- endmacro %}

{% macro spark__epoch_microseconds(time) -%}
    unix_micros({{ time }})
{%- endmacro %}
