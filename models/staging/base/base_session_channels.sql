{{ config(materialized='table') }}

-- Source, medium and channel of each session: what utm fields don't say, the referrer
-- says. The first rule of the seed that holds gives the channel.
with

origins as (

    select * from {{ ref('base_session_origins') }}

),

sources as (

    select * from {{ ref('base_traffic_sources') }}

),

rules as (

    select
        rule_order,
        channel,
        {{ null_if_blank('source_category') }} as source_category,
        {{ null_if_blank('medium_pattern') }} as medium_pattern,
        {{ null_if_blank('campaign_pattern') }} as campaign_pattern
    from {{ session_rules('channel_rules') }}

),

known as (

    select
        origins.*,
        sources.source,
        sources.category as source_category,
        referrers.source as referrer_source,
        referrers.category as referrer_category,
        case
            when origins.utm_medium is not null then origins.utm_medium
            when origins.utm_source is not null then '(not set)'
            else sources.medium
        end as medium
    from origins
    inner join sources on origins.origin = sources.name
    left join sources as referrers on origins.referrer_host = referrers.name

),

-- Rules are held against what occurs, once, not against each session.
kinds as (

    select distinct
        source_category,
        medium,
        lower(utm_campaign) as campaign
    from known

),

ruled as (

    select
        kinds.*,
        rules.channel,
        cast(row_number() over (
            partition by kinds.source_category, kinds.medium, kinds.campaign
            order by rules.rule_order
        ) as bigint) as rank
    from kinds
    left join rules
        on
            -- A rule asks only for what it states.
            coalesce(
                kinds.source_category = rules.source_category,
                rules.source_category is null
            )
            and coalesce(
                {{ matches('kinds.medium', 'rules.medium_pattern') }},
                rules.medium_pattern is null
            )
            and coalesce(
                {{ matches('kinds.campaign', 'rules.campaign_pattern') }},
                rules.campaign_pattern is null
            )

)

select
    known.stated_id,
    known.user_id,
    known.stated_channel,
    coalesce(ruled.channel, 'Unassigned') as rule_channel,
    known.source,
    known.source_category,
    known.medium,
    known.utm_source,
    known.utm_medium,
    known.utm_campaign,
    known.utm_term,
    known.utm_content,
    known.referrer_host,
    known.referrer_source,
    known.referrer_category,
    known.page,
    known.features,
    known.row_id,
    known.conversion_value,
    known.is_conversion,
    known.is_own_referrer,
    known.raw_started_at,
    known.raw_ended_at
from known
inner join ruled
    on
        known.source_category is not distinct from ruled.source_category
        and known.medium = ruled.medium
        and lower(known.utm_campaign) is not distinct from ruled.campaign
        and ruled.rank = 1
