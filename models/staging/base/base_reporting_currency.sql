{{ config(materialized='table') }}

-- Amounts that state no currency are in the reporting currency.
with

{% set columns = ['currency'] -%}
stated as (

    select currency from {{ staged_rows('touchpoints', columns) }}
    union
    select currency from {{ staged_rows('conversions', columns) }}
    union
    select currency from {{ staged_rows('spend', columns) }}

)

-- One row in any case: every row of the input is joined with it.
select
    coalesce(
        {% if var('reporting_currency') -%}
            '{{ var("reporting_currency") | replace("'", "''") }}',
        {%- endif %}
        case when count(distinct currency) = 1 then min(currency) end
    ) as reporting_currency
from stated
where currency <> ''
