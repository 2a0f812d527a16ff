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
        upper({{ null_if_blank('currency') }}) as currency,
        problem,
        {{ null_if_blank('cast(spend as string)') }} as raw_spend,
        {{ null_if_blank('cast(impressions as string)') }} as raw_impressions,
        {{ null_if_blank('cast(clicks as string)') }} as raw_clicks,
        spend_date as raw_spend_date,
        try_cast(spend as double) as spend,
        {% for count in ['impressions', 'clicks'] -%}
            case
                when try_cast({{ count }} as double) between 0 and 1e15
                    then try_cast({{ count }} as double)
            end as {{ count }},
        {% endfor -%}
        {{ utc_timestamp('spend_date') }} as spend_date
    from staged

),

evaluated as (

    select
        typed.*,
        case
            when typed.problem is not null then typed.problem
            {{ time_rules('spend_date') }}
            {{ text_rules('channel') }}
            {{ text_rules('campaign', is_required=false) }}
            when typed.raw_spend is null then 'spend is missing'
            when typed.spend is null then 'spend is not a number'
            {{ number_rules('spend', is_signed=true) }}
            {{ currency_rules('spend', 'typed.currency') }}
        end as problem_found,
        reporting.reporting_currency,
        coalesce(typed.spend * {{ reporting_rate('typed.currency') }}, 0)
            as reported_spend
    from typed
    cross join reporting
    left join rates
        on
            typed.currency = rates.currency
            and typed.spend_date >= rates.valid_from
            and typed.spend_date < rates.valid_to

),

-- Rows that say the same of one day: a report that was imported twice, or two parts of
-- a campaign that happen to cost the same.
counted as (

    select
        *,
        spend <> 0
        and cast(row_number() over (
            partition by
                spend_date, channel, campaign, currency, spend, impressions, clicks
            order by case when problem_found is null then 0 else 1 end
        ) as bigint) > 1 as is_repeated
    from evaluated

),

decided as (

    select
        *,
        {% if var('spend_duplicates') == 'keep_last' -%}
            coalesce(
                problem_found,
                case when is_repeated then 'spend occurs more than once' end
            ) as rejection_reason
        {%- else -%}
            problem_found as rejection_reason
        {%- endif %}
    from counted

)

select
    channel,
    coalesce(campaign, '(none)') as campaign,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ row_key(['raw_spend_date', 'channel', 'campaign']) }}
    end as row_key,
    {{ rejected_value({
        'channel': 'channel', 'campaign': 'campaign', 'currency': 'currency',
        'spend': 'raw_spend', 'spend_date': 'raw_spend_date',
    }) }} as rejected_value,
    {{ stated_currency('currency') }} as stated_currency,
    case when impressions is null then raw_impressions end as unreadable_impressions,
    case when clicks is null then raw_clicks end as unreadable_clicks,
    is_repeated,
    spend as stated_spend,
    reported_spend as spend,
    impressions,
    clicks,
    cast(spend_date as date) as spend_date
from decided
