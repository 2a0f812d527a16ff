{% macro total_row(day, names) -%}
    {#- Ad platforms end a report with its totals: without a day, and named so. -#}
    case
        when
            not {{ matches("coalesce(cast(" ~ day ~ " as string), '')", "' *[0-9].*'") }}
            and (
                {% for name in [day] + names -%}
                    {{ matches(
                        "lower(trim(coalesce(cast(" ~ name ~ " as string), '')))",
                        "'(grand |sub-?|report )?totals?([^a-z].*)?'"
                    ) }}
                    {%- if not loop.last %} or {% endif %}
                {%- endfor %}
            )
            then 'the row is a total of other rows'
    end
{%- endmacro %}
