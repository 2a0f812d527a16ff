{{ config(materialized='table') }}

-- Every touchpoint of the input, typed, with the reason why it can't be used, if any.
with

staged as (

    select
        *,
        coalesce(
            {{ null_if_blank('touchpoint_id') }}, {{ hash_as_text('row_hash') }}
        ) as id
    from {{ staged_rows('touchpoints', []) }}

),

reporting as (

    select * from {{ ref('base_reporting_currency') }}

),

rates as (

    select * from {{ ref('stg_currency_rates') }}

),

typed as (

    select
        id,
        {{ null_if_blank('touchpoint_id') }} as stated_id,
        {{ null_if_blank('user_id') }} as stated_user_id,
        {{ known_user('user_id') }} as user_id,
        {{ null_if_blank('channel') }} as channel,
        {{ null_if_blank('campaign') }} as campaign,
        {{ null_if_blank('interaction') }} as interaction,
        upper({{ null_if_blank('currency') }}) as currency,
        features,
        problem,
        row_hash,
        cost as raw_cost,
        occurred_at as raw_occurred_at,
        try_cast(cost as double) as cost,
        {{ utc_timestamp('occurred_at') }} as occurred_at
    from staged

),

evaluated as (

    select
        typed.*,
        case
            when typed.problem is not null then typed.problem
            {{ text_rules('stated_id', is_required=false, name='touchpoint_id') }}
            {{ user_rules() }}
            {{ time_rules('occurred_at') }}
            {{ text_rules('channel') }}
            {{ text_rules('campaign', is_required=false) }}
            {{ text_rules('interaction', is_required=false) }}
            {{ number_rules('cost') }}
            {{ currency_rules('cost', 'typed.currency') }}
        end as problem_found,
        reporting.reporting_currency,
        typed.cost * {{ reporting_rate('typed.currency') }} as reported_cost
    from typed
    cross join reporting
    left join rates
        on
            typed.currency = rates.currency
            and {{ reporting_time('typed.occurred_at') }} >= rates.valid_from
            and {{ reporting_time('typed.occurred_at') }} < rates.valid_to

),

counted as (

    select
        *,
        cast(row_number() over (
            partition by id
            order by
                case when problem_found is null then 0 else 1 end,
                case when cost is null then 1 else 0 end,
                occurred_at nulls last, user_id nulls last,
                channel nulls last, campaign nulls last, interaction nulls last,
                reported_cost nulls last, features nulls last, row_hash
        ) as bigint) as occurrence
    from evaluated

),

decided as (

    select
        *,
        coalesce(
            problem_found,
            case
                when stated_id is not null and occurrence > 1
                    then 'touchpoint_id occurs more than once'
            end
        ) as rejection_reason
    from counted

)

select
    -- Rows without an id of their own may be equal: each is a touchpoint.
    case
        when stated_id is not null or occurrence = 1 then id
        else id || '-' || cast(occurrence as string)
    end as touchpoint_id,
    user_id,
    channel,
    coalesce(campaign, '(none)') as campaign,
    interaction,
    features,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ row_key(['stated_id', 'user_id', 'raw_occurred_at', 'channel']) }}
    end as row_key,
    {{ rejected_value({
        'touchpoint_id': 'stated_id', 'user_id': 'stated_user_id', 'channel': 'channel',
        'campaign': 'campaign', 'interaction': 'interaction', 'cost': 'raw_cost',
        'currency': 'currency', 'occurred_at': 'raw_occurred_at',
        'started_at': 'raw_occurred_at',
    }) }} as rejected_value,
    {{ stated_currency('currency') }} as stated_currency,
    case when cost is null then {{ null_if_blank('cast(raw_cost as string)') }} end
        as unreadable_cost,
    cost as stated_cost,
    reported_cost as cost,
    occurred_at
from decided
