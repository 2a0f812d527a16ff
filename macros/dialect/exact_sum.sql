{% macro exact_sum(value) -%}
    {{ adapter.dispatch('exact_sum')(value) }}
{%- endmacro %}

{% macro default__exact_sum(value) -%}
    coalesce(cast(sum(cast({{ value }} as decimal(38, 15))) as double), 0)
{%- endmacro %}

{% macro spark__exact_sum(value) -%}
    {#- Spark's own cast rounds what a double is written as; DuckDB rounds this product. -#}
    coalesce(
        cast(sum(cast(round({{ value }} * 1e15) as decimal(38, 0))) as double) / 1e15, 0
    )
{%- endmacro %}
