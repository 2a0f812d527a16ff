-- What the rules need to know of each converting journey as a whole.
with

touchpoints as (

    select * from {{ ref('int_converting_touchpoints') }}

),

campaigns as (

    select
        campaign_key,
        lower(channel) in (
            {{ sql_list(setting('direct_channels') | map('lower') | list or ['']) }}
        ) as is_direct
    from {{ ref('int_campaigns') }}

),

lasts as (

    select
        journey_key,
        max(occurred_at) as last_touched_at
    from touchpoints
    group by journey_key

),

-- Decay counts from the last touchpoint, not from the conversion: the shares are the
-- same, and no weight vanishes where a whole journey is old.
weighted as (

    select
        touchpoints.journey_key,
        touchpoints.channel_key,
        touchpoints.position,
        touchpoints.interaction,
        campaigns.is_direct,
        {{ decay('touchpoints.occurred_at', 'lasts.last_touched_at') }} as decay
    from touchpoints
    inner join lasts on touchpoints.journey_key = lasts.journey_key
    inner join campaigns on touchpoints.campaign_key = campaigns.campaign_key

)

select
    weighted.journey_key,
    lasts.last_touched_at,
    count(distinct weighted.channel_key) as channel_count,
    max(case when not weighted.is_direct then weighted.position end)
        as last_non_direct_position,
    min(
        case
            when
                weighted.interaction in (
                    {{ sql_list(setting('milestone_interactions') or ['']) }}
                )
                then weighted.position
        end
    ) as milestone_position,
    {{ exact_sum('weighted.decay') }} as total_decay
from weighted
inner join lasts on weighted.journey_key = lasts.journey_key
group by weighted.journey_key, lasts.last_touched_at
