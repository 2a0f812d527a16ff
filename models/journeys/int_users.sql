-- Integers in place of text ids for all that sorts and joins.
with

users as (

    select user_id from {{ ref('stg_touchpoints') }}
    union
    select user_id from {{ ref('stg_conversions') }}

)

select
    user_id,
    cast(row_number() over (order by user_id) as bigint) as user_key
from users
