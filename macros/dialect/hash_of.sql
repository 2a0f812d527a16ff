{% macro hash_of(texts) -%}
    {#- The same number on every engine: ids, orders and draws come of it. -#}
    {% set parts = [] %}
    {% for text in texts %}
        {% do parts.append('coalesce(cast(' ~ text ~ ' as string), chr(30))') %}
    {% endfor %}
    {{ text_hash('concat_ws(chr(31), ' ~ parts | join(', ') ~ ')') }}
{%- endmacro %}

{% macro text_hash(text) -%}
    {{ adapter.dispatch('text_hash')(text) }}
{%- endmacro %}

{% macro duckdb__text_hash(text) -%}
    md5_number_lower({{ text }})
{%- endmacro %}

{% macro spark__text_hash(text) -%}
    {#- The same number as DuckDB's: the last eight bytes of the digest, lowest first. -#}
    transform(
        array(md5({{ text }})),
        h -> cast(
            cast({{ spark__digits('h', [31, 29, 27, 25]) }} as decimal(20, 0)) * 4294967296
            + {{ spark__digits('h', [23, 21, 19, 17]) }} as decimal(20, 0)
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
