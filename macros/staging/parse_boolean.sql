{% macro parse_boolean(column) -%}
    case
        when
            lower(cast({{ column }} as string))
            in ('1', '1.0', 'true', 't', 'yes', 'y')
            then true
        when
            {{ column }} is null
            or lower(cast({{ column }} as string))
            in ('0', '0.0', 'false', 'f', 'no', 'n', '')
            then false
    end
{%- endmacro %}
