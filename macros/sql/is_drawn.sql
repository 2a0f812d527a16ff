{% macro is_drawn(name, text, limit, count) -%}
    case
        when {{ count }} > {{ limit }}
            then
                {{ hash_bucket(
                    "'" ~ var('seed') ~ ':' ~ name ~ ":' || " ~ text, 1000000000
                ) }} < 1e9 * {{ limit }} / {{ count }}
        else true
    end
{%- endmacro %}
