{% macro reporting_rate(currency) -%}
    case
        when {{ currency }} is null or {{ currency }} = reporting.reporting_currency
            then 1
        else rates.rate
    end
{%- endmacro %}
