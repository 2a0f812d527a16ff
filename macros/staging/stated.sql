{% macro stated(text) -%}
    case
        when
            lower(trim({{ text }})) not in (
                {{ texts([''] + setting('session_missing_texts') | map('lower') | list) }}
            )
            then trim({{ text }})
    end
{%- endmacro %}
