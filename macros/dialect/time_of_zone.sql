{% macro time_of_zone(time, zone) -%}
    {{ adapter.dispatch('time_of_zone')(time, zone) }}
{%- endmacro %}

{% macro duckdb__time_of_zone(time, zone) -%}
    {#- Of an hour that a clock shows twice DuckDB takes the second, and Spark the first. -#}
    case
        when
            timezone('{{ zone }}', timezone('{{ zone }}', {{ time }}) - interval 1 hour)
            = {{ time }}
            then timezone('UTC', timezone('{{ zone }}', {{ time }}) - interval 1 hour)
        else timezone('UTC', timezone('{{ zone }}', {{ time }}))
    end
{%- endmacro %}

{% macro spark__time_of_zone(time, zone) -%}
    cast(to_utc_timestamp({{ time }}, '{{ zone }}') as timestamp_ntz)
{%- endmacro %}
