with

rejected as (

    {% for table in [
        'touchpoints', 'conversions', 'spend', 'user_profiles', 'currency_rates',
    ] %}
        select
            '{{ table }}' as source,
            row_key,
            rejection_reason as reason
        from {{ ref('base_' ~ table) }}
        where rejection_reason is not null
        union all
    {% endfor %}
    select
        source,
        row_key,
        rejection_reason as reason
    from {{ ref('base_malformed_rows') }}

)

select
    source,
    row_key,
    reason
from rejected
