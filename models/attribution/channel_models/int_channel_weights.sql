-- Models that value channels as a whole share each journey by these weights. Effects
-- keep their sign in their own marts; here a negative one weighs nothing.
with

effects as (

    select
        'markov' as attribution_model,
        channel_key,
        removal_effect as effect
    from {{ ref('int_markov_removal_effects') }}
    union all
    select
        'shapley' as attribution_model,
        channel_key,
        shapley_value as effect
    from {{ ref('int_shapley_values') }}

),

largest as (

    select
        attribution_model,
        max(effect) as effect
    from effects
    group by attribution_model

)

-- Whole numbers: their sums are exact in any order.
select
    effects.attribution_model,
    effects.channel_key,
    cast(
        case
            when effects.effect > 0
                then round(effects.effect / largest.effect * 1e15)
            else 0
        end as bigint
    ) as weight
from effects
inner join largest on effects.attribution_model = largest.attribution_model
