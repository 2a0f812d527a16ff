-- A view: to write the texts of all users under all models takes most of the time, and
-- few of them are read.
{{ config(materialized='view') }}

with

ranks as (

    select * from {{ ref('int_user_ranks') }}

),

users as (

    select * from {{ ref('int_users') }}

),

paths as (

    select * from {{ ref('int_paths') }}

)

select
    users.user_id,
    ranks.fitted_model,
    paths.path,
    ranks.conversion_probability,
    ranks.rank,
    ranks.is_open,
    ranks.last_touched_at
from ranks
inner join users on ranks.user_key = users.user_key
inner join paths on ranks.path_key = paths.path_key
