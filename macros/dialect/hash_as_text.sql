{% macro hash_as_text(row_hash) -%}
    {{ adapter.dispatch('hash_as_text')(row_hash) }}
{%- endmacro %}

{% macro default__hash_as_text(row_hash) -%}
    lower(hex({{ row_hash }}))
{%- endmacro %}

{% macro spark__hash_as_text(row_hash) -%}
    lower(conv(cast({{ row_hash }} as string), 10, 16))
{%- endmacro %}
