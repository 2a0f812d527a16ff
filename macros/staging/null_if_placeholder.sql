{% macro null_if_placeholder(text) -%}
    case
        when
            lower(trim({{ text }})) not in (
                {{ sql_list([''] + setting('session_missing_texts') | map('lower') | list) }}
            )
            then trim({{ text }})
    end
{%- endmacro %}
