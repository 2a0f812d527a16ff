{{ config(materialized='table') }}

-- Every rate of the input, with the reason why it can't be used, if any. A rate holds
-- from its day until the next one of its currency, also where that one can't be used.
with

staged as (

    select
        upper({{ null_if_blank('currency') }}) as currency,
        {{ null_if_blank('cast(rate as string)') }} as raw_rate,
        rate_date as raw_rate_date,
        try_cast(rate as double) as rate,
        date_trunc('day', {{ utc_timestamp('rate_date') }}) as valid_from
    from {{ staged_rows('currency_rates', ['currency', 'rate', 'rate_date']) }}

),

evaluated as (

    select
        *,
        case
            {{ text_rules('currency') }}
            when valid_from is null then 'rate_date is missing or not a UTC time'
            when raw_rate is null then 'rate is missing'
            when rate is null then 'rate is not a number'
            {{ number_rules('rate') }}
            when rate = 0 then 'rate is 0'
            when
                min(rate) over (partition by currency, valid_from)
                < max(rate) over (partition by currency, valid_from)
                then 'rate differs from another of its day'
            when
                cast(row_number() over (
                    partition by currency, valid_from order by rate
                ) as bigint) > 1
                then 'rate occurs more than once'
        end as rejection_reason
    from staged

),

next_days as (

    select
        currency,
        valid_from,
        lead(valid_from) over (partition by currency order by valid_from) as valid_to
    from evaluated
    where valid_from is not null
    group by currency, valid_from

)

select
    evaluated.currency,
    evaluated.rejection_reason,
    case
        when evaluated.rejection_reason is not null
            then {{ row_key(['raw_rate_date', 'evaluated.currency', 'raw_rate']) }}
    end as row_key,
    {{ rejected_value({
        'currency': 'evaluated.currency', 'rate_date': 'raw_rate_date', 'rate': 'raw_rate',
    }) }} as rejected_value,
    evaluated.rate,
    evaluated.valid_from,
    coalesce(next_days.valid_to, timestamp '9999-01-01') as valid_to
from evaluated
left join next_days
    on
        evaluated.currency = next_days.currency
        and evaluated.valid_from = next_days.valid_from
