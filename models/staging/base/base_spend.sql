{{ config(materialized='table') }}

-- Every row of spend of the input, typed, with the reason why it can't be used, if any.
with

{% set columns = [
    'channel', 'campaign', 'currency', 'spend', 'impressions', 'clicks', 'spend_date',
    'problem',
] -%}
staged as (

    select * from {{ staged_rows('spend', columns) }}

),

reporting as (

    select * from {{ ref('base_reporting_currency') }}

),

rates as (

    select * from {{ ref('stg_currency_rates') }}

),

typed as (

    select
        {{ null_if_blank('channel') }} as channel,
        {{ null_if_blank('campaign') }} as campaign,
        {{ null_if_blank('currency') }} as currency,
        problem,
        spend as raw_spend,
        impressions as raw_impressions,
        clicks as raw_clicks,
        spend_date as raw_spend_date,
        try_cast(spend as double) as spend,
        try_cast(impressions as double) as impressions,
        try_cast(clicks as double) as clicks,
        {{ utc_timestamp('spend_date') }} as spend_date
    from staged

),

decided as (

    select
        typed.*,
        case
            when typed.problem is not null then typed.problem
            {{ time_rules('spend_date') }}
            {{ text_rules('channel') }}
            {{ text_rules('campaign', is_required=false) }}
            when typed.raw_spend is null then 'spend is missing'
            {{ number_rules('spend', 'raw_spend') }}
            {{ number_rules('impressions', 'raw_impressions') }}
            {{ number_rules('clicks', 'raw_clicks') }}
            {{ currency_rules('spend', 'typed.currency') }}
        end as rejection_reason,
        coalesce(typed.spend * {{ reporting_rate('typed.currency') }}, 0)
            as reported_spend
    from typed
    cross join reporting
    left join rates
        on
            typed.currency = rates.currency
            and typed.spend_date >= rates.valid_from
            and typed.spend_date < rates.valid_to

)

select
    channel,
    coalesce(campaign, '(none)') as campaign,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ row_key(['raw_spend_date', 'channel', 'campaign']) }}
    end as row_key,
    reported_spend as spend,
    impressions,
    clicks,
    cast(spend_date as date) as spend_date
from decided
