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
    transform(
        array(md5({{ text }})),
        h -> cast(
            cast({{ spark__digits('h', [31, 29, 27, 25]) }} as decimal(20, 0)) * 4294967296
            + {{ spark__digits('h', [23, 21, 19, 17]) }} as decimal(20, 0)
        )
    )[0]
{%- endmacro %}
