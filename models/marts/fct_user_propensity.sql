-- A view: rows of all such users under all models, of which few are read.
{{ config(materialized='view') }}

with

prospects as (

    select * from {{ ref('int_prospects') }}

),

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where is_current

),

scores as (

    select * from {{ ref('int_cut_scores') }}

),

open_journeys as (

    select * from {{ ref('int_open_journeys') }}

),

users as (

    select * from {{ ref('int_users') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

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
        open_journeys.journey_key is not null as is_open,
        cuts.last_touched_at
    from prospects
    inner join cuts on prospects.journey_key = cuts.journey_key
    inner join scores on cuts.cut_key = scores.cut_key
    inner join users on prospects.user_key = users.user_key
    inner join journey_paths on prospects.journey_key = journey_paths.journey_key
    inner join paths on journey_paths.path_key = paths.path_key
    left join open_journeys on prospects.journey_key = open_journeys.journey_key

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
