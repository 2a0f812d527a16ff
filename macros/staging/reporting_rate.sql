{% macro reporting_rate(currency) -%}
    case
        when {{ currency }} is null or {{ currency }} = reporting.reporting_currency
            then 1
        else rates.rate
    end
{%- endmacro %}

{% macro stated_currency(currency) -%}
    {#- Amounts that state none are in the reporting currency, if there is one. -#}
    coalesce({{ currency }}, reporting_currency, '')
{%- endmacro %}
