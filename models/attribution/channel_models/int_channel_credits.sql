-- Models that value channels as a whole share a journey among its channels by their
-- effects, and the part of a channel equally among its touchpoints. Effects keep their
-- sign in their own marts; here a negative one weighs nothing. Where no channel weighs
-- anything, all weigh the same.
with

touchpoints as (

    select * from {{ ref('int_converting_touchpoints') }}

),

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

),

-- Whole numbers: their sums are exact in any order.
weights as (

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

),

channels as (

    select
        journey_key,
        channel_key,
        count(*) as touch_count
    from touchpoints
    group by journey_key, channel_key

),

weighted as (

    select
        channels.journey_key,
        channels.channel_key,
        channels.touch_count,
        weights.attribution_model,
        weights.weight
    from channels
    inner join weights on channels.channel_key = weights.channel_key

),

journeys as (

    select
        journey_key,
        attribution_model,
        count(*) as channel_count,
        sum(weight) as total_weight
    from weighted
    group by journey_key, attribution_model

),

shares as (

    select
        weighted.journey_key,
        weighted.channel_key,
        weighted.attribution_model,
        case
            when journeys.total_weight > 0
                then
                    cast(weighted.weight as double)
                    / cast(journeys.total_weight as double)
            else 1e0 / journeys.channel_count
        end / weighted.touch_count as credit
    from weighted
    inner join journeys
        on
            weighted.journey_key = journeys.journey_key
            and weighted.attribution_model = journeys.attribution_model

)

select
    touchpoints.journey_key,
    touchpoints.position,
    shares.attribution_model,
    shares.credit
from touchpoints
inner join shares
    on
        touchpoints.journey_key = shares.journey_key
        and touchpoints.channel_key = shares.channel_key
