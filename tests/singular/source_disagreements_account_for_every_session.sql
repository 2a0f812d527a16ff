{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that the mart of disagreements counts each session whose tag and referrer name
-- two sources, once, with its conversion. Without it, the kinds of disagreement could
-- pass over sessions or share them, and each row would look as sound as before.
with

actual as (

    select
        utm_source,
        count(*) as sessions,
        sum(case when is_converted then 1 else 0 end) as conversions
    from {{ ref('stg_sessions') }}
    where utm_source is not null and referrer_source <> source
    group by utm_source

),

reported as (

    select
        utm_source,
        sum(sessions) as sessions,
        sum(conversions) as conversions
    from {{ ref('fct_source_disagreements') }}
    group by utm_source

)

select
    coalesce(actual.utm_source, reported.utm_source) as utm_source,
    actual.sessions as actual_sessions,
    reported.sessions,
    actual.conversions as actual_conversions,
    reported.conversions
from actual
full outer join reported on actual.utm_source = reported.utm_source
where
    actual.sessions is distinct from reported.sessions
    or actual.conversions is distinct from reported.conversions
