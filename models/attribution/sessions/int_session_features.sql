-- What is known of a session as it starts, and how long it turned out to be. Its own
-- end and flag are no features, and neither is the length of a session still running.
with

users as (

    select * from {{ ref('int_users') }}

),

sessions as (

    select
        users.user_key,
        users.bucket,
        users.split,
        sessions.*,
        min(sessions.started_at) over (partition by sessions.user_id)
            as first_seen_at,
        {{ epoch_microseconds('sessions.started_at') }} as started_us,
        {{ epoch_microseconds('sessions.ended_at') }} as ended_us
    from {{ ref('stg_sessions') }} as sessions
    inner join users on sessions.user_id = users.user_id

),

instants as (

    select
        user_key,
        session_id,
        0 as is_end,
        started_us as happened_us,
        cast(null as bigint) as engaged_us
    from sessions
    union all
    select
        user_key,
        session_id,
        1 as is_end,
        ended_us as happened_us,
        ended_us - started_us as engaged_us
    from sessions
    where ended_us is not null

),

-- At one instant starts come first: an end is known after it, not at it.
histories as (

    select
        user_key,
        session_id,
        is_end,
        count(*) over earlier - count(engaged_us) over earlier as earlier_sessions,
        sum(engaged_us) over earlier
        / cast(count(engaged_us) over earlier as double) / 60000000
            as earlier_minutes,
        (
            happened_us - max(case when is_end = 0 then happened_us end) over earlier
        ) / 86400000000e0 as days_since_previous
    from instants
    window earlier as (
        partition by user_key
        order by happened_us, is_end, session_id
        rows between unbounded preceding and 1 preceding
    )

)

select
    {{ key_of('sessions.session_id') }} as session_key,
    sessions.user_key,
    sessions.session_id,
    sessions.bucket,
    {% if var('split_by') == 'time' -%}
        case
            when sessions.first_seen_at >= timestamp '{{ var('test_from') }}'
                then 'test'
            when sessions.ended_at >= timestamp '{{ var('test_from') }}' then 'unused'
            else sessions.split
        end as split,
    {%- else -%}
        sessions.split,
    {%- endif %}
    sessions.channel,
    sessions.source,
    sessions.medium,
    sessions.campaign,
    (floor(sessions.started_us / 86400000000e0) + 3) % 7 as weekday,
    extract(hour from sessions.started_at) as hour,
    histories.earlier_sessions,
    histories.earlier_minutes,
    histories.days_since_previous,
    sessions.engagement_minutes
from sessions
inner join histories
    on
        sessions.user_key = histories.user_key
        and sessions.session_id = histories.session_id
        and histories.is_end = 0
where sessions.ended_us is not null
