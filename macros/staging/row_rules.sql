{% macro text_rules(column, is_required=true, name=none) -%}
    {% if is_required %}
        when {{ column }} is null then '{{ column }} is missing'
    {% endif %}
    when length({{ column }}) > 255
        then '{{ name or column }} is longer than 255 characters'
    {% if column == 'channel' %}
        when channel = '{{ unattributed() }}' then 'channel is a reserved name'
    {% endif %}
{%- endmacro %}

{% macro time_rules(column) -%}
    when {{ column }} is null then '{{ column }} is missing or not a UTC time'
    when {{ column }} < timestamp '1970-01-01' then '{{ column }} is before 1970'
    {% if var('as_of') %}
        when {{ column }} > timestamp '{{ var("as_of") }}'
            then '{{ column }} is after as_of'
    {% else %}
        when {{ column }} >= timestamp '10000-01-01'
            then '{{ column }} is after the year 9999'
    {% endif %}
{%- endmacro %}

{% macro user_rules(is_required=true) -%}
    {% if is_required -%}
        when stated_user_id is null then 'user_id is missing'
        when user_id is null then 'user_id stands for nobody'
    {%- endif %}
    {{ text_rules('user_id', is_required=false) }}
{%- endmacro %}

{% macro number_rules(column, is_signed=false) -%}
    {#- What isn't a number is null here. -#}
    when not {{ is_finite(column) }} then '{{ column }} is not finite'
    {% if is_signed -%}
        when {{ column }} < -1e15 then '{{ column }} is below -1e15'
    {%- else -%}
        when {{ column }} < 0 then '{{ column }} is negative'
    {%- endif %}
    when {{ column }} > 1e15 then '{{ column }} is above 1e15'
{%- endmacro %}

{% macro currency_rules(amount, currency) -%}
    when
        {{ amount }} <> 0 and {{ currency }} is not null
        and reporting.reporting_currency is null
        then 'currency is one of several and reporting_currency is not set'
    when {{ amount }} <> 0 and {{ reporting_rate(currency) }} is null
        then 'currency has no rate to the reporting currency on its date'
    {#- Beyond, sums have no room. -#}
    when abs({{ amount }} * {{ reporting_rate(currency) }}) > 1e15
        then '{{ amount }} in the reporting currency is above 1e15'
{%- endmacro %}
