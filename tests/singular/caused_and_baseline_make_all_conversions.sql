-- What touchpoints caused and what came by itself make up all conversions: the additive
-- hazard explains each of them once, and loses none.
with

effects as (

    select
        {{ exact_sum('caused_conversions') }} as caused_conversions,
        max(baseline_share) as baseline_share
    from {{ ref('fct_additive_hazard_effects') }}

),

conversions as (

    select count(*) as conversions
    from {{ ref('fct_conversions') }}

)

select
    effects.caused_conversions,
    effects.baseline_share,
    conversions.conversions
from effects
cross join conversions
where
    abs(
        effects.caused_conversions
        + effects.baseline_share * conversions.conversions
        - conversions.conversions
    ) > 1e-6 * conversions.conversions
