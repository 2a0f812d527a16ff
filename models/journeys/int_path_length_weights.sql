{{ config(materialized='view') }}

-- What a whole null path weighs beside the converting ones of about its length, so that
-- length tells nothing. Each step of lengths is a fifth wider than the one before, and
-- where few of a step convert, the weight is nearer to 1.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

spans as (

    select * from {{ ref('int_journey_spans') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

lengths as (

    select
        splits.split,
        spans.touch_count,
        floor(4 * log2(spans.touch_count)) as step,
        cast(count(journeys.conversion_key) as double) as conversions,
        cast(count(*) - count(journeys.conversion_key) as double) as nulls
    from journeys
    inner join spans on journeys.journey_key = spans.journey_key
    inner join splits on journeys.journey_key = splits.journey_key
    group by splits.split, spans.touch_count

),

counted as (

    select
        split,
        touch_count,
        sum(conversions) over (partition by split, step) as conversions,
        sum(nulls) over (partition by split, step) as nulls,
        sum(conversions) over (partition by split)
        / nullif(sum(nulls) over (partition by split), 0) as odds
    from lengths

)

-- Where nothing is null there is nothing to weigh.
select
    split,
    touch_count,
    (conversions + 1) / (nulls * odds + 1) as weight
from counted
where odds is not null
