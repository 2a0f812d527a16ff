{% macro key_of(text) -%}
    {{ adapter.dispatch('key_of')(text) }}
{%- endmacro %}

{% macro duckdb__key_of(text) -%}
    cast(md5_number_lower({{ text }}) >> 2 as bigint)
{%- endmacro %}

{% macro spark__key_of(text) -%}
    transform(
        array(md5({{ text }})),
        h -> {{ spark__digits('h', [31, 29, 27, 25]) }} * 1073741824
        + {{ spark__digits('h', [23, 21, 19, 17]) }} div 4
    )[0]
{%- endmacro %}
