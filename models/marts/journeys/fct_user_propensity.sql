with

prospects as (

    select * from {{ ref('int_current_journeys') }}
    where is_prospect

),

scores as (

    select * from {{ ref('int_snapshot_scores') }}

),

users as (

    select * from {{ ref('int_users') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

-- Numbered: to sort by a number takes half the memory that a name does.
models as (

    select
        fitted_model,
        cast(row_number() over (order by fitted_model) as smallint) as model_number
    from {{ ref('int_evaluated_models') }}

),

-- What each model says the same of is put together once, with one number to sort by.
numbered as (

    select
        users.user_id,
        paths.path,
        prospects.snapshot_key,
        prospects.is_open,
        prospects.last_touched_at,
        cast(row_number() over (
            order by prospects.last_touched_at desc, users.user_id asc
        ) as bigint) as prospect_number
    from prospects
    inner join users on prospects.user_key = users.user_key
    inner join paths on prospects.path_key = paths.path_key

),

ranked as (

    select
        numbered.prospect_number,
        models.model_number,
        scores.conversion_probability,
        -- Who can no longer convert by this journey comes after all who can.
        cast(row_number() over (
            partition by models.model_number
            order by
                numbered.is_open desc,
                scores.conversion_probability desc,
                numbered.prospect_number asc
        ) as bigint) as rank
    from numbered
    inner join scores on numbered.snapshot_key = scores.snapshot_key
    inner join models on scores.fitted_model = models.fitted_model

)

select
    numbered.user_id,
    models.fitted_model,
    numbered.path,
    ranked.conversion_probability,
    ranked.rank,
    numbered.is_open,
    numbered.last_touched_at
from ranked
inner join models on ranked.model_number = models.model_number
inner join numbered on ranked.prospect_number = numbered.prospect_number
