with

effects as (

    select * from {{ ref('int_additive_hazard_effects') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

totals as (

    select {{ exact_sum('incremental_conversions') }} as incremental_conversions
    from effects

)

select
    campaigns.channel,
    campaigns.campaign,
    effects.form,
    effects.touchpoints,
    effects.half_life_days,
    effects.incremental_conversions / effects.touchpoints as conversions_per_touchpoint,
    effects.incremental_conversions,
    effects.incremental_revenue,
    effects.incremental_conversions / nullif(totals.incremental_conversions, 0)
        as share,
    effects.baseline_share
from effects
inner join campaigns on effects.campaign_key = campaigns.campaign_key
cross join totals
