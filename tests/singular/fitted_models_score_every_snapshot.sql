-- Guards that a fitted model gives each snapshot of a journey one probability between 0
-- and 1: to the examples that it is evaluated on, and to the journeys as they stand.
-- Without it, a model could leave out what it finds hard, or score a journey twice and
-- count for two.
with

snapshots as (

    select
        count(*) as snapshots,
        sum(cast(snapshot_key as decimal(38, 0))) as sum_of_keys
    from {{ ref('int_journey_snapshots') }}

),

scored as (

    select
        fitted_model,
        count(*) as snapshots,
        count(conversion_probability) as scores,
        sum(cast(snapshot_key as decimal(38, 0))) as sum_of_keys,
        min(conversion_probability) as lowest,
        max(conversion_probability) as highest
    from {{ ref('int_snapshot_scores') }}
    group by fitted_model

)

select
    scored.*,
    snapshots.snapshots as actual_snapshots
from scored
cross join snapshots
where
    scored.snapshots <> snapshots.snapshots
    or scored.scores <> snapshots.snapshots
    or scored.sum_of_keys <> snapshots.sum_of_keys
    or scored.lowest < 0
    -- Not a number is above all of them.
    or scored.highest > 1
