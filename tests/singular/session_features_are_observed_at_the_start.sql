{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that the regressor of minutes learns from what had happened when a session
-- started: counted again, session against session. Without it, a session's own end, or
-- that of one still running, could leak, and no user would ever see such a score again.
with

sessions as (

    select
        *,
        -- Of a robot with thousands, pairs of sessions are too many to go through.
        count(*) over (partition by user_id) <= 100 as is_counted
    from {{ ref('stg_sessions') }}

),

pairs as (

    select
        sessions.session_id,
        earlier.started_at < sessions.started_at
        or (
            earlier.started_at = sessions.started_at
            and earlier.session_id < sessions.session_id
        ) as is_earlier,
        earlier.ended_at < sessions.started_at as is_over,
        earlier.engagement_minutes,
        earlier.started_at as earlier_started_at,
        sessions.started_at
    from sessions
    inner join sessions as earlier on sessions.user_id = earlier.user_id
    where sessions.is_counted and sessions.ended_at is not null

),

recounted as (

    select
        session_id,
        sum(case when is_earlier then 1 else 0 end) as earlier_sessions,
        avg(case when is_earlier and is_over then engagement_minutes end)
            as earlier_minutes,
        {{ days_between('max(case when is_earlier then earlier_started_at end)',
            'max(started_at)') }} as days_since_previous
    from pairs
    group by session_id

),

features as (

    select * from {{ ref('int_session_features') }}
    where
        session_id not in (
            select sessions.session_id from sessions
            where not sessions.is_counted
        )

)

select
    coalesce(features.session_id, recounted.session_id) as session_id,
    features.earlier_sessions,
    recounted.earlier_sessions as recounted_sessions,
    features.earlier_minutes,
    recounted.earlier_minutes as recounted_minutes,
    features.days_since_previous,
    recounted.days_since_previous as recounted_days
from recounted
full outer join features on recounted.session_id = features.session_id
left join sessions on recounted.session_id = sessions.session_id
where
    recounted.session_id is null
    or features.session_id is null
    or recounted.earlier_sessions <> features.earlier_sessions
    or {{ is_not_close(
        'coalesce(features.earlier_minutes, -1)', 'coalesce(recounted.earlier_minutes, -1)'
    ) }}
    or {{ is_not_close(
        'coalesce(features.days_since_previous, -1)',
        'coalesce(recounted.days_since_previous, -1)'
    ) }}
    or {{ is_not_close('features.engagement_minutes', 'sessions.engagement_minutes') }}
