with

prospects as (

    select * from {{ ref('int_current_journeys') }}
    where is_prospect

),

scores as (

    select * from {{ ref('int_snapshot_scores') }}

),

percentiles as (

    select * from {{ ref('int_score_percentiles') }}

),

users as (

    select * from {{ ref('int_users') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

-- What all models say of a user is put together once.
named as (

    select
        users.user_id,
        paths.path,
        prospects.snapshot_key,
        prospects.is_open,
        prospects.last_touched_at
    from prospects
    inner join users on prospects.user_key = users.user_key
    inner join paths on prospects.path_key = paths.path_key

)

select
    named.user_id,
    scores.fitted_model,
    named.path,
    scores.conversion_probability,
    case when named.is_open then percentiles.percentile end as percentile,
    named.is_open,
    named.last_touched_at
from named
inner join scores on named.snapshot_key = scores.snapshot_key
left join percentiles
    on
        scores.fitted_model = percentiles.fitted_model
        and {{ score_step('scores.conversion_probability') }}
        = percentiles.score_step
