-- Attributes pass whatever their names are, so they stay together in one column.
with

profiles as (

    select * from {{ ref('stg_user_profiles') }}

),

users as (

    select * from {{ ref('int_users') }}

)

select
    users.user_key,
    {{ row_as_struct('profiles') }} as attributes
from profiles
inner join users on profiles.user_id = users.user_id
where {{ is_model_enabled(snapshot_models()) }}
