-- Integers in place of text ids for all that sorts and joins. Each comes of the id
-- alone: no user's key depends on who else is there.
with

users as (

    select user_id from {{ ref('stg_touchpoints') }}
    union
    select user_id from {{ ref('stg_conversions') }}

)

select
    user_id,
    {{ key_of('user_id') }} as user_key
from users
