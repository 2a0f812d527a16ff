{% macro score_step(probability) -%}
    {#- Roots, and no logarithm: engines give them alike to the last bit. -#}
    cast(floor(10000e0 * sqrt(sqrt({{ probability }}))) as bigint)
{%- endmacro %}
