-- A journey is shared among its channels by their weights, and the part of a channel
-- equally among its touchpoints. Where no channel has a weight, all have the same.
with

touchpoints as (

    select * from {{ ref('int_converting_touchpoints') }}

),

weights as (

    select * from {{ ref('int_channel_weights') }}

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
