-- Guards that a fitted model gives each cut of a journey one chance between 0 and 1:
-- to the examples that it is judged on, and to the journeys as they stand. Without it,
-- a model could leave out what it finds hard, or score a journey twice and count for
-- two.
with

cuts as (

    select
        count(*) as cuts,
        sum(cast(cut_key as decimal(38, 0))) as sum_of_keys
    from {{ ref('int_journey_cuts') }}

),

scored as (

    select
        fitted_model,
        count(*) as cuts,
        count(conversion_probability) as scores,
        sum(cast(cut_key as decimal(38, 0))) as sum_of_keys,
        min(conversion_probability) as lowest,
        max(conversion_probability) as highest
    from {{ ref('int_cut_scores') }}
    group by fitted_model

)

select
    scored.*,
    cuts.cuts as actual_cuts
from scored
cross join cuts
where
    scored.cuts <> cuts.cuts
    or scored.scores <> cuts.cuts
    or scored.sum_of_keys <> cuts.sum_of_keys
    or scored.lowest < 0
    -- Not a number is above all of them.
    or scored.highest > 1
