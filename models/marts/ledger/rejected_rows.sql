with

rejected as (

    {% for table in [
        'touchpoints', 'conversions', 'spend', 'user_profiles', 'currency_rates',
    ] %}
        {% set amount = {
            'touchpoints': 'stated_cost',
            'conversions': 'stated_revenue',
            'spend': 'stated_spend',
        }.get(table) -%}
        select
            '{{ table }}' as source,
            row_key,
            rejection_reason as reason,
            rejected_value,
            {{ amount or 'cast(null as double)' }} as amount,
            {{ "nullif(stated_currency, '')" if amount else 'cast(null as string)' }}
                as currency
        from {{ decided_rows(table) }}
        where rejection_reason is not null
        union all
    {% endfor %}
    select
        source,
        row_key,
        rejection_reason as reason,
        cast(null as string) as rejected_value,
        cast(null as double) as amount,
        cast(null as string) as currency
    from {{ ref('base_malformed_rows') }}

)

select
    source,
    row_key,
    reason,
    rejected_value,
    {{ breaks_contract('reason') }} as breaks_contract,
    amount,
    currency
from rejected
