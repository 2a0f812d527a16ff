{% macro is_not_close(actual, expected) -%}
    coalesce(
        abs({{ actual }} - {{ expected }}) > 1e-9 * greatest(abs({{ expected }}), 1),
        true
    )
{%- endmacro %}
