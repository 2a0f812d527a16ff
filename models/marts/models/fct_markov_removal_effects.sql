with

effects as (

    select * from {{ ref('int_markov_removal_effects') }}

),

channels as (

    select distinct
        channel_key,
        channel
    from {{ ref('int_campaigns') }}

)

select
    channels.channel,
    effects.conversion_probability,
    effects.conversion_probability_without,
    effects.removal_effect,
    effects.removal_effect_lower,
    effects.removal_effect_upper,
    effects.revenue_removal_effect,
    effects.share,
    effects.attributed_conversions,
    effects.attributed_conversions_lower,
    effects.attributed_conversions_upper,
    effects.attributed_revenue
from effects
inner join channels on effects.channel_key = channels.channel_key
