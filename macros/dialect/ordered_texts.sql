{% macro ordered_texts(text, position) -%}
    {{ adapter.dispatch('ordered_texts')(text, position) }}
{%- endmacro %}

{% macro duckdb__ordered_texts(text, position) -%}
    list({{ text }} order by {{ position }})
{%- endmacro %}

{% macro spark__ordered_texts(text, position) -%}
    transform(
        array_sort(collect_list(named_struct('position', {{ position }}, 'item', {{ text }}))),
        x -> x.item
    )
{%- endmacro %}
