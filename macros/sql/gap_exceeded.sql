{% macro gap_exceeded(earlier, later) -%}
    {%- if setting('null_journey_gap_days') is none -%}
        false
    {%- else -%}
        {{ epoch_microseconds(later) }} - {{ epoch_microseconds(earlier) }}
        > {{ (setting('null_journey_gap_days') * 86400000000) | round | int }}
        {#- Until then a conversion would count what came before the gap. #}
        and not ({{ in_lookback(earlier, later) }})
    {%- endif -%}
{%- endmacro %}
