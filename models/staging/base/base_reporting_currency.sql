{{ config(materialized='table') }}

-- Amounts that state no currency are in the reporting currency.
with

{% set columns = ['currency'] -%}
stated as (

    {% for table in ['touchpoints', 'conversions', 'spend'] -%}
        select upper({{ null_if_blank('currency') }}) as currency
        from {{ staged_rows(table, columns) }}
        {% if not loop.last %}union{% endif %}
    {% endfor %}

)

-- One row in any case: every row of the input is joined with it.
select
    coalesce(
        {% if var('reporting_currency') -%}
            upper('{{ var("reporting_currency") | trim | replace("'", "''") }}'),
        {%- endif %}
        case when count(distinct currency) = 1 then min(currency) end
    ) as reporting_currency
from stated
