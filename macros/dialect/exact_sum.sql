{% macro exact_sum(value) -%}
    coalesce(cast(sum(cast({{ value }} as decimal(38, 15))) as double), 0)
{%- endmacro %}
