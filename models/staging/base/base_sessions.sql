{{ config(materialized='table') }}

-- Every session of the input, typed, with its channel and the reason why it can't be
-- used, if any.
with

sessions as (

    select * from {{ ref('base_session_channels') }}

),

typed as (

    select
        *,
        {% if var('session_channel_column') -%}
            -- A session without a channel stays, under a name that no rule gives.
            coalesce(stated_channel, '(blank)') as channel,
        {%- else -%}
            rule_channel as channel,
        {%- endif %}
        coalesce(stated_id, row_id) as id,
        {{ utc_timestamp('raw_started_at') }} as started_at,
        {{ utc_timestamp('raw_ended_at') }} as ended_at
    from sessions

),

evaluated as (

    select
        *,
        case
            {{ text_rules('stated_id', is_required=false, name='session_id') }}
            when user_id is null then 'user_id is missing'
            when {{ known_user('user_id') }} is null
                then 'user_id stands for nobody'
            {{ text_rules('user_id', is_required=false) }}
            {{ time_rules('started_at') }}
            {{ text_rules('channel') }}
            {{ text_rules('utm_source', is_required=false) }}
            {{ text_rules('utm_medium', is_required=false) }}
            {{ text_rules('utm_campaign', is_required=false) }}
            when trim(cast(raw_ended_at as string)) <> ''
                then
                    case
                        {{ time_rules('ended_at') }}
                        when ended_at < started_at
                            then 'ended_at is before started_at'
                    end
        end as problem_found
    from typed

),

counted as (

    select
        *,
        cast(row_number() over (
            partition by id
            order by
                case when problem_found is null then 0 else 1 end,
                user_id nulls last,
                started_at nulls last,
                ended_at nulls last,
                channel nulls last,
                row_id
        ) as bigint) as occurrence
    from evaluated

)

select
    -- Rows without an id of their own may be equal: each is a session.
    case
        when stated_id is not null or occurrence = 1 then id
        else id || '-' || cast(occurrence as string)
    end as session_id,
    user_id,
    channel,
    rule_channel,
    source,
    source_category,
    medium,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    referrer_host,
    referrer_source,
    referrer_category,
    page,
    features,
    coalesce(
        problem_found,
        case
            when stated_id is not null and occurrence > 1
                then 'session_id occurs more than once'
        end
    ) as problem,
    row_id,
    conversion_value,
    is_conversion,
    is_own_referrer,
    raw_started_at,
    started_at,
    ended_at
from counted
