{% macro hash_bucket(text, buckets) -%}
    {{ adapter.dispatch('hash_bucket')(text, buckets) }}
{%- endmacro %}

{% macro duckdb__hash_bucket(text, buckets) -%}
    {#- Half of the 128 bits are enough, and ten times as fast to divide. -#}
    cast(md5_number_lower({{ text }}) % {{ buckets }} as bigint)
{%- endmacro %}

{% macro spark__hash_bucket(text, buckets) -%}
    cast({{ text_hash(text) }} % {{ buckets }} as bigint)
{%- endmacro %}
