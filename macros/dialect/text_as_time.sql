{% macro text_as_time(text) -%}
    {{ adapter.dispatch('text_as_time')(text) }}
{%- endmacro %}

{% macro duckdb__text_as_time(text) -%}
    try_cast({{ text }} as timestamp)
{%- endmacro %}

{% macro spark__text_as_time(text) -%}
    try_cast({{ text }} as timestamp_ntz)
{%- endmacro %}
