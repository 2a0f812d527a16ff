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

scored as (

    select
        users.user_id,
        scores.fitted_model,
        paths.path,
        scores.conversion_probability,
        scores.is_open,
        scores.last_touched_at
    from prospects
    inner join scores on prospects.journey_key = scores.journey_key
    inner join users on prospects.user_key = users.user_key
    inner join paths on scores.path_key = paths.path_key

)

select
    user_id,
    fitted_model,
    path,
    conversion_probability,
    -- Who can no longer convert by this journey comes after all who can.
    row_number() over (
        partition by fitted_model
        order by
            is_open desc,
            conversion_probability desc,
            last_touched_at desc,
            user_id asc
    ) as rank,
    is_open,
    last_touched_at
from scored
