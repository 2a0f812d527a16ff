-- Guards that incremental and baseline conversions make up all conversions:
-- the additive hazard explains each of them once, and loses none. Without it, a
-- campaign that a join doubled or lost would carry its part with it, and the effects of
-- the others would look as sound as before.
with

effects as (

    select
        {{ exact_sum('incremental_conversions') }} as incremental_conversions,
        max(baseline_share) as highest_baseline_share,
        min(baseline_share) as lowest_baseline_share
    from {{ ref('fct_additive_hazard_effects') }}

),

conversions as (

    select count(*) as conversions
    from {{ ref('fct_conversions') }}

),

-- Without a fit there are no effects, and nothing to add up.
fits as (

    select fitted_model
    from {{ ref('fct_fitted_models') }}
    where fitted_model = 'additive_hazard'

)

select
    effects.*,
    conversions.conversions
from effects
cross join conversions
cross join fits
where
    {{ is_not_close(
        'effects.highest_baseline_share', 'effects.lowest_baseline_share'
    ) }}
    or {{ is_not_close(
        'effects.incremental_conversions'
        ~ ' + effects.highest_baseline_share * conversions.conversions',
        'conversions.conversions',
    ) }}
