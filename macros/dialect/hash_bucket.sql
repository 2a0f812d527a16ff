{% macro hash_bucket(text, buckets) -%}
    {{ adapter.dispatch('hash_bucket')(text, buckets) }}
{%- endmacro %}

{% macro duckdb__hash_bucket(text, buckets) -%}
    cast(md5_number({{ text }}) % {{ buckets }} as bigint)
{%- endmacro %}

{% macro spark__hash_bucket(text, buckets) -%}
    pmod(xxhash64({{ text }}), {{ buckets }})
{%- endmacro %}
