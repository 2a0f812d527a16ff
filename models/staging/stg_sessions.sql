with

sessions as (

    select * from {{ ref('base_sessions') }}
    where problem is null

),

conversions as (

    select conversion_id from {{ ref('stg_conversions') }}

)

select
    sessions.session_id,
    sessions.user_id,
    sessions.channel,
    sessions.rule_channel,
    sessions.source,
    sessions.source_category,
    sessions.medium,
    coalesce(sessions.utm_campaign, '(none)') as campaign,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_term,
    sessions.utm_content,
    sessions.referrer_host,
    sessions.referrer_source,
    sessions.referrer_category,
    sessions.page,
    {{ days_between('sessions.started_at', 'sessions.ended_at') }} * 1440
        as engagement_minutes,
    sessions.is_own_referrer,
    conversions.conversion_id is not null as is_converted,
    sessions.started_at,
    sessions.ended_at
from sessions
left join conversions on sessions.session_id = conversions.conversion_id
