{% macro shared_rest(weights, has_role, roles) -%}
    {%- set total = weights.values() | sum -%}
    (
        {% for condition, weight in weights.items() -%}
            case when {{ condition }} then {{ weight }} else 0.0 end
            {%- if not loop.last %} + {% endif %}
        {% endfor -%}
        + case
            when touch_count > {{ roles }} and not {{ has_role }}
                then (1.0 - {{ total }}) / (touch_count - ({{ roles }}))
            else 0.0
        end
    ) / case when touch_count > {{ roles }} then 1.0 else {{ total }} end
{%- endmacro %}
