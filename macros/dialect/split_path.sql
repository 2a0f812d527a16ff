{% macro split_path(path) -%}
    {{ adapter.dispatch('split_path')(path) }}
{%- endmacro %}

{% macro duckdb__split_path(path) -%}
    {#- Escaped marks step aside for characters that no text has, then come back. -#}
    list_transform(
        string_split(
            replace(replace({{ path }}, chr(92) || chr(92), chr(2)), chr(92) || '>', chr(1)),
            '>'
        ),
        c -> replace(replace(trim(c), chr(1), '>'), chr(2), chr(92))
    )
{%- endmacro %}

{% macro spark__split_path(path) -%}
    transform(
        split(
            replace(replace({{ path }}, chr(92) || chr(92), chr(2)), chr(92) || '>', chr(1)),
            '>'
        ),
        c -> replace(replace(trim(c), chr(1), '>'), chr(2), chr(92))
    )
{%- endmacro %}
