{{ config(materialized='table') }}

-- A rate holds from its day until the currency's next one.
with

staged as (

    select
        currency,
        try_cast(rate as double) as rate,
        date_trunc('day', {{ utc_timestamp('rate_date') }}) as valid_from
    from {{ staged_rows('currency_rates', ['currency', 'rate', 'rate_date']) }}

),

-- Two rates for one day contradict each other: better none than either.
one_a_day as (

    select
        currency,
        valid_from,
        case when count(distinct rate) = 1 then min(rate) end as rate
    from staged
    where valid_from is not null and rate > 0 and {{ is_finite('rate') }}
    group by 1, 2

)

select
    currency,
    rate,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by currency order by valid_from),
        timestamp '9999-01-01'
    ) as valid_to
from one_a_day
