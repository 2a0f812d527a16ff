{{ config(materialized='table') }}

-- Every conversion and every refund of the input, typed, with the reason why it can't
-- be used, if any.
with

staged as (

    select * from {{ staged_rows('conversions', []) }}

),

reporting as (

    select * from {{ ref('base_reporting_currency') }}

),

rates as (

    select * from {{ ref('stg_currency_rates') }}

),

-- Where touchpoints have dates alone too, those of the day come first in any case.
touchpoint_times as (

    select coalesce(bool_or(not {{ is_midnight('occurred_at') }}), false) as are_finer
    from {{ ref('base_touchpoints') }}
    where rejection_reason is null

),

typed as (

    select
        {{ null_if_blank('conversion_id') }} as conversion_id,
        {{ null_if_blank('refunded_conversion_id') }} as refunded_conversion_id,
        {{ null_if_blank('user_id') }} as stated_user_id,
        {{ known_user('user_id') }} as user_id,
        coalesce({{ null_if_blank('conversion_type') }}, 'conversion')
            as conversion_type,
        upper({{ null_if_blank('currency') }}) as currency,
        case
            when {{ null_if_blank('is_new_customer') }} is not null
                then {{ parse_boolean('is_new_customer') }}
        end as is_new_customer,
        problem,
        row_hash,
        revenue as raw_revenue,
        converted_at as raw_converted_at,
        try_cast(revenue as double) as revenue,
        case
            when
                is_date_alone
                and (select touchpoint_times.are_finer from touchpoint_times)
                then {{ time_of_date(utc_timestamp('converted_at')) }}
            else {{ utc_timestamp('converted_at') }}
        end as converted_at
    from staged

),

evaluated as (

    select
        typed.*,
        case
            when typed.problem is not null then typed.problem
            {{ text_rules('conversion_id') }}
            {{ user_rules(is_required=false) }}
            {{ time_rules('converted_at') }}
            {{ text_rules('conversion_type', is_required=false) }}
            {{ number_rules('revenue', is_signed=true) }}
            {{ currency_rules('revenue', 'typed.currency') }}
        end as problem_found,
        coalesce(
            lower(typed.conversion_type) in (
                {{ sql_list([''] + setting('refund_types') | map('lower') | list) }}
            )
            or typed.revenue < 0,
            false
        ) as is_refund,
        reporting.reporting_currency,
        typed.revenue * {{ reporting_rate('typed.currency') }} as reported_revenue
    from typed
    cross join reporting
    left join rates
        on
            typed.currency = rates.currency
            and {{ reporting_time('typed.converted_at') }} >= rates.valid_from
            and {{ reporting_time('typed.converted_at') }} < rates.valid_to

),

-- An order of several lines states its amount in one of them, and its time in all.
counted as (

    select
        *,
        cast(row_number() over (
            -- A refund may state the id of its order, and several may do so.
            partition by
                conversion_id, is_refund,
                case when is_refund then converted_at end,
                case when is_refund then revenue end
            order by
                case when problem_found is null then 0 else 1 end,
                case when revenue is null then 1 else 0 end,
                converted_at nulls last,
                user_id nulls last,
                conversion_type nulls last,
                reported_revenue nulls last,
                row_hash
        ) as bigint) as occurrence,
        min(case when problem_found is null then converted_at end) over (
            partition by conversion_id, user_id, is_refund
        ) as first_converted_at
    from evaluated

),

decided as (

    select
        *,
        coalesce(
            problem_found,
            case when occurrence > 1 then 'conversion_id occurs more than once' end
        ) as rejection_reason
    from counted

)

select
    conversion_id,
    user_id,
    conversion_type,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ row_key(['conversion_id', 'stated_user_id', 'raw_converted_at']) }}
    end as row_key,
    {{ rejected_value({
        'conversion_id': 'conversion_id', 'user_id': 'stated_user_id',
        'conversion_type': 'conversion_type', 'revenue': 'raw_revenue',
        'currency': 'currency', 'converted_at': 'raw_converted_at',
        'started_at': 'raw_converted_at',
    }) }} as rejected_value,
    is_refund,
    is_new_customer,
    refunded_conversion_id,
    {{ stated_currency('currency') }} as stated_currency,
    case
        when revenue is null then {{ null_if_blank('cast(raw_revenue as string)') }}
    end as unreadable_revenue,
    revenue as stated_revenue,
    coalesce(
        case when is_refund then abs(reported_revenue) else reported_revenue end, 0
    ) as revenue,
    case
        when rejection_reason is null and not is_refund then first_converted_at
        else converted_at
    end
        as converted_at
from decided
