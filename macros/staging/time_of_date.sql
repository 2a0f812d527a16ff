{% macro time_of_date(time) -%}
    {%- if var('date_only_conversions') == 'start_of_day' -%}
        {{ return(time) }}
    {%- endif -%}
    {#- Of the day in the input's zone; a day that isn't over ends when the input was taken. -#}
    {%- set local = time if var('input_time_zone') == 'UTC'
        else time_in_zone(time, var('input_time_zone')) -%}
    {%- set ended = counted_time(epoch_microseconds(local) ~ ' + 86399999999') -%}
    {%- if var('input_time_zone') != 'UTC' -%}
        {%- set ended = time_of_zone(ended, var('input_time_zone')) -%}
    {%- endif -%}
    {%- if var('as_of') -%}
        {%- set ended = 'least(' ~ ended ~ ', greatest(' ~ time ~ ", timestamp '"
            ~ var('as_of') ~ "'))" -%}
    {%- endif -%}
    {{ return(ended) }}
{%- endmacro %}

{% macro is_midnight(time) -%}
    {%- set local = time if var('input_time_zone') == 'UTC'
        else time_in_zone(time, var('input_time_zone')) -%}
    {{ return('(' ~ local ~ ' = cast(' ~ local ~ ' as date))') }}
{%- endmacro %}
