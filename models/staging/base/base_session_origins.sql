{{ config(materialized='table') }}

-- What each session says of where it came from: utm fields, and the host of the
-- referrer. What stands for nothing becomes null, and no row is left out.
with

{% set columns = [
    'session_id', 'user_id', 'started_at', 'ended_at', 'utm_source', 'utm_medium',
    'utm_campaign', 'utm_term', 'utm_content', 'referrer', 'page', 'conversion',
    'conversion_value', 'channel', 'features', 'row_hash',
] -%}
staged as (

    select * from {{ staged_rows('sessions', columns) }}

),

cleaned as (

    select
        {{ null_if_blank('session_id') }} as stated_id,
        {{ null_if_blank('user_id') }} as user_id,
        {{ null_if_placeholder('channel') }} as stated_channel,
        lower({{ null_if_placeholder('utm_source') }}) as utm_source,
        lower({{ null_if_placeholder('utm_medium') }}) as utm_medium,
        {{ null_if_placeholder('utm_campaign') }} as utm_campaign,
        {{ null_if_placeholder('utm_term') }} as utm_term,
        {{ null_if_placeholder('utm_content') }} as utm_content,
        {{ host_of('referrer') }} as referrer_host,
        {{ null_if_blank('page') }} as page,
        {{ host_of('page', needs_scheme=true) }} as page_host,
        features,
        {{ hash_as_text('row_hash') }} as row_id,
        conversion_value,
        {{ parse_boolean('conversion') }} as is_conversion,
        started_at as raw_started_at,
        ended_at as raw_ended_at
    from staged

),

owned as (

    select
        *,
        coalesce(
            referrer_host = page_host
            {% for host in setting('session_own_hosts') | map('lower') -%}
                or right('.' || referrer_host, {{ host | length + 1 }}) = '.{{ host }}'
            {% endfor -%},
            false
        ) as is_own_referrer
    from cleaned

)

-- The site itself is nowhere to come from. A tagged link without a source isn't direct.
select
    *,
    coalesce(
        utm_source,
        case when not is_own_referrer then referrer_host end,
        case
            when coalesce(utm_medium, utm_campaign) is null then '(direct)'
            else '(not set)'
        end
    ) as origin
from owned
