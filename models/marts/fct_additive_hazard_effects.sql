with

effects as (

    select * from {{ ref('int_additive_hazard_effects') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

totals as (

    select {{ exact_sum('caused_conversions') }} as caused_conversions
    from effects

)

select
    campaigns.channel,
    campaigns.campaign,
    effects.form,
    effects.touchpoints,
    effects.half_life_days,
    effects.caused_conversions / effects.touchpoints as conversions_per_touchpoint,
    effects.caused_conversions,
    effects.caused_revenue,
    effects.caused_conversions / nullif(totals.caused_conversions, 0) as share,
    effects.baseline_share
from effects
inner join campaigns on effects.campaign_key = campaigns.campaign_key
cross join totals
