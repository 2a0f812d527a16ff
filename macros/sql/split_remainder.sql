{% macro split_remainder(weights, has_role, roles) -%}
    {#- Summed in SQL, where weights are decimals: 0.3 + 0.3 + 0.3 is 0.9. -#}
    {%- set total = weights.values() | join(' + ') -%}
    (
        {% for condition, weight in weights.items() -%}
            case when {{ condition }} then {{ weight }} else 0.0 end
            {%- if not loop.last %} + {% endif %}
        {% endfor -%}
        + case
            when touch_count > {{ roles }} and not {{ has_role }}
                then
                    cast(greatest(1.0 - ({{ total }}), 0.0) as double)
                    / (touch_count - ({{ roles }}))
            else 0.0
        end
    ) / case when touch_count > {{ roles }} then 1.0 else {{ total }} end
{%- endmacro %}
