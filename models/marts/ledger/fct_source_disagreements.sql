-- Sessions whose utm_source names another source than their referrer. Where one of the
-- two is missing, nothing disagrees.
with

sessions as (

    select
        *,
        coalesce(utm_medium, '(not set)') as medium_stated,
        count(*) over (partition by utm_source, utm_medium) as tagged_sessions
    from {{ ref('stg_sessions') }}
    where utm_source is not null

),

disagreeing as (

    select
        *,
        case
            when is_own_referrer then 'own_site'
            when source_category is null or referrer_category is null then 'unlisted'
            when source_category = referrer_category then 'same_category'
            else 'other_category'
        end as disagreement
    from sessions
    where source <> referrer_source

)

select
    utm_source,
    medium_stated as utm_medium,
    referrer_source,
    channel,
    disagreement,
    count(*) as sessions,
    count(distinct user_id) as users,
    cast(sum(case when is_converted then 1 else 0 end) as bigint) as conversions,
    count(*) / cast(max(tagged_sessions) as double) as share_of_tagged
from disagreeing
group by utm_source, medium_stated, referrer_source, channel, disagreement
