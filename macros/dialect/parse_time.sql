{% macro parse_time(text, reading) -%}
    {{ adapter.dispatch('parse_time')(text, reading) }}
{%- endmacro %}

{% macro duckdb__parse_time(text, reading) -%}
    {%- set time = "try_strptime(" ~ text ~ ", '" ~ reading.format | replace("'", "''") ~ "')" -%}
    {#- With an offset it is a time with a zone. -#}
    {{ "make_timestamp(epoch_us(" ~ time ~ "))" if '%z' in reading.format else time }}
{%- endmacro %}

{% macro spark__parse_time(text, reading) -%}
    {%- set format = "'" ~ reading.java_format | replace("'", "''") ~ "'" -%}
    {#- Without a zone, `try_to_timestamp` passes over the offset; the other one throws. -#}
    case
        when try_to_timestamp({{ text }}, {{ format }}) is not null
            then cast(to_timestamp_ltz({{ text }}, {{ format }}) as timestamp_ntz)
    end
{%- endmacro %}
