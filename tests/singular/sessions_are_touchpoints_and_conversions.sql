{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that each accepted session is a touchpoint, and one whose flag is set a
-- conversion at the same instant, unless its value is rejected. Without it, a session
-- could drop out after it was accepted, or convert before it took place.
with

sessions as (

    select * from {{ ref('base_sessions') }}
    where problem is null

),

touchpoints as (

    select
        coalesce(sessions.session_id, touchpoints.touchpoint_id) as session_id,
        'touchpoint' as role
    from sessions
    full outer join {{ ref('stg_touchpoints') }} as touchpoints
        on
            sessions.session_id = touchpoints.touchpoint_id
            and sessions.user_id = touchpoints.user_id
            and sessions.channel = touchpoints.channel
            and coalesce(sessions.utm_campaign, '(none)') = touchpoints.campaign
            and sessions.started_at = touchpoints.occurred_at
    where sessions.session_id is null or touchpoints.touchpoint_id is null

),

flagged as (

    select * from sessions
    where is_conversion

),

-- A value that can't be used costs the conversion, not the session.
evaluated as (

    select * from {{ ref('base_conversions') }}
    where
        rejection_reason is null
        or rejection_reason like 'revenue %'

),

conversions as (

    select
        coalesce(flagged.session_id, evaluated.conversion_id) as session_id,
        'conversion' as role
    from flagged
    full outer join evaluated
        on
            flagged.session_id = evaluated.conversion_id
            and flagged.user_id = evaluated.user_id
            and flagged.started_at = evaluated.converted_at
    where flagged.session_id is null or evaluated.conversion_id is null

)

select * from touchpoints
union all
select * from conversions
