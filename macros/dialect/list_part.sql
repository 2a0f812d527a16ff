{% macro list_part(items, first, last) -%}
    {{ adapter.dispatch('list_part')(items, first, last) }}
{%- endmacro %}

{% macro duckdb__list_part(items, first, last) -%}
    list_slice({{ items }}, {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__list_part(items, first, last) -%}
    slice(
        {{ items }},
        cast({{ first }} as int),
        cast(greatest({{ last }} - ({{ first }}) + 1, 0) as int)
    )
{%- endmacro %}
