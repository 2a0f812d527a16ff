{% macro hash_bucket(text, buckets) -%}
    {{ adapter.dispatch('hash_bucket')(text, buckets) }}
{%- endmacro %}

{% macro duckdb__hash_bucket(text, buckets) -%}
    {#- Half of the 128 bits are enough, and ten times as fast to divide. -#}
    cast(md5_number_lower({{ text }}) % {{ buckets }} as bigint)
{%- endmacro %}

{% macro spark__hash_bucket(text, buckets) -%}
    {#- The same number as DuckDB's: the last eight bytes of the digest, lowest first. -#}
    transform(
        array(md5({{ text }})),
        h -> cast(
            (
                cast({{ spark__digits('h', [31, 29, 27, 25]) }} as decimal(20, 0))
                * 4294967296
                + {{ spark__digits('h', [23, 21, 19, 17]) }}
            ) % {{ buckets }}
            as bigint
        )
    )[0]
{%- endmacro %}

{% macro spark__digits(text, places) -%}
    cast(
        conv(
            concat(
                {%- for place in places %}
                    substr({{ text }}, {{ place }}, 2) {%- if not loop.last %}, {% endif %}
                {%- endfor %}
            ), 16, 10
        ) as bigint
    )
{%- endmacro %}
