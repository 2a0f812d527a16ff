-- Guards that no money is lost silently: of every table and currency, the money that
-- was read is the money that takes part plus that of rows in rejected_rows. Without it,
-- an amount that a join or a rule swallowed would be missed by nobody.
{% set amounts = {
    'touchpoints': 'cost', 'conversions': 'revenue', 'spend': 'spend',
} -%}
with

decided as (

    select
        table_name,
        currency,
        {{ exact_sum('money') }} as money
    from {{ ref('base_input_rows') }}
    where outcome in ('accepted', 'rejected', 'left_out')
    group by 1, 2

),

{% for table, amount in amounts.items() -%}
    {{ table }}_in as (

        select
            upper({{ null_if_blank('currency') }}) as currency,
            try_cast({{ amount }} as double) as amount
        from {{ staged_rows(table, ['currency', amount]) }}

    ),

{% endfor -%}
came_in as (

    {% for table in amounts -%}
        select
            '{{ table }}' as table_name,
            coalesce({{ table }}_in.currency, reporting.reporting_currency, '')
                as currency,
            {{ exact_sum(
                'case when ' ~ is_finite(table ~ '_in.amount') ~ ' then ' ~ table
                ~ '_in.amount end'
            ) }} as money
        from {{ table }}_in
        cross join {{ ref('base_reporting_currency') }} as reporting
        group by 1, 2
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    came_in.table_name,
    came_in.currency,
    came_in.money as money_read,
    decided.money as money_decided
from came_in
left join decided
    on came_in.table_name = decided.table_name and came_in.currency = decided.currency
where {{ is_not_close('came_in.money', 'coalesce(decided.money, 0)') }}
