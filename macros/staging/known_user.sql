{% macro known_user(user_id) -%}
    case
        when
            lower({{ trimmed(user_id) }}) not in (
                {{ sql_list([''] + setting('placeholder_user_ids') | map('lower') | list) }}
            )
            then {{ trimmed(user_id) }}
    end
{%- endmacro %}
