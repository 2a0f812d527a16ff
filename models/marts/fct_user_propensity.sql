with

prospects as (

    select * from {{ ref('int_prospects') }}

),

scores as (

    select * from {{ ref('int_current_scores') }}

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
    from {{ ref('int_judged_models') }}

),

scored as (

    select
        prospects.user_key,
        models.model_number,
        scores.path_key,
        scores.conversion_probability,
        scores.is_open,
        scores.last_touched_at
    from prospects
    inner join scores on prospects.journey_key = scores.journey_key
    inner join models on scores.fitted_model = models.fitted_model

),

-- Keys are numbered by id, and cheaper to sort than texts.
ranked as (

    select
        *,
        -- Who can no longer convert by this journey comes after all who can.
        row_number() over (
            partition by model_number
            order by
                is_open desc,
                conversion_probability desc,
                last_touched_at desc,
                user_key asc
        ) as rank
    from scored

)

select
    users.user_id,
    models.fitted_model,
    paths.path,
    ranked.conversion_probability,
    ranked.rank,
    ranked.is_open,
    ranked.last_touched_at
from ranked
inner join models on ranked.model_number = models.model_number
inner join users on ranked.user_key = users.user_key
inner join paths on ranked.path_key = paths.path_key
