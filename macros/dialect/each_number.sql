{% macro each_number(last) -%}
    {{ adapter.dispatch('each_number')(last) }}
{%- endmacro %}

{% macro duckdb__each_number(last) -%}
    unnest(range(1, {{ last }} + 1))
{%- endmacro %}

{% macro spark__each_number(last) -%}
    {#- A sequence to a smaller number would count down. -#}
    explode(filter(sequence(1, greatest({{ last }}, 1)), n -> n <= {{ last }}))
{%- endmacro %}
