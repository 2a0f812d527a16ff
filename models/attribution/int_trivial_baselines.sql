-- How well the span of a journey alone, and its length alone, tell converting journeys
-- from others: what a fitted model must beat. Which way round is learned on training
-- users.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

splits as (

    select * from {{ ref('int_journey_splits') }}

),

-- The span ends with the last touchpoint: the time of the conversion knows the label.
known as (

    select
        splits.split,
        journey_paths.touch_count,
        {{ epoch_microseconds('journeys.last_touched_at') }}
        - {{ epoch_microseconds('journeys.started_at') }} as span,
        case when journeys.conversion_key is null then 0 else 1 end as is_converted
    from journeys
    inner join journey_paths on journeys.journey_key = journey_paths.journey_key
    inner join splits on journeys.journey_key = splits.journey_key

),

counted as (

    select
        split,
        'span' as measure,
        span as known_value,
        sum(is_converted) as conversions,
        count(*) - sum(is_converted) as nulls
    from known
    group by split, span
    union all
    select
        split,
        'length' as measure,
        touch_count as known_value,
        sum(is_converted) as conversions,
        count(*) - sum(is_converted) as nulls
    from known
    group by split, touch_count

),

passed as (

    select
        *,
        sum(nulls) over (
            partition by split, measure
            order by known_value
            rows between unbounded preceding and current row
        ) as nulls_so_far
    from counted

),

-- The chance that a converting journey has the higher value, ties counting half.
areas as (

    select
        split,
        measure,
        sum(cast(conversions * (2 * nulls_so_far - nulls) as decimal(38, 0))) / 2.0
        / nullif(cast(sum(conversions) as double) * cast(sum(nulls) as double), 0)
            as auc
    from passed
    group by split, measure

),

oriented as (

    select
        areas.split,
        areas.measure,
        case when training.auc < 0.5 then 1 - areas.auc else areas.auc end as auc
    from areas
    left join areas as training
        on areas.measure = training.measure and training.split = 'training'

)

select
    split,
    max(case when measure = 'span' then auc end) as span_auc,
    max(case when measure = 'length' then auc end) as length_auc
from oriented
group by split
