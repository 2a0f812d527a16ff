-- The distribution of scores by which a user's percentile is told. Steps of scores are
-- counted, at most 10,001 a model, so nothing is sorted by score.
with

prospects as (

    select * from {{ ref('int_current_journeys') }}
    where is_prospect and is_open

),

scores as (

    select * from {{ ref('int_snapshot_scores') }}

),

steps as (

    select
        scores.fitted_model,
        {{ score_step('scores.conversion_probability') }} as score_step,
        count(*) as users
    from prospects
    inner join scores on prospects.snapshot_key = scores.snapshot_key
    group by 1, 2

)

select
    fitted_model,
    score_step,
    cast(users as bigint) as users,
    1e0
    * sum(users) over (partition by fitted_model order by score_step)
    / sum(users) over (partition by fitted_model) as percentile
from steps
