-- The bootstrap draws users. Converting users are dealt into at most 1,000 buckets by a
-- hash of their id: sums of buckets vary as users do, and any number of users costs the
-- same. Up to 1,000 users each has a bucket of its own.
with

converting as (

    select distinct
        user_key,
        user_id
    from {{ ref('int_conversions') }}

)

select
    user_key,
    (row_number() over (order by md5(user_id), user_id) - 1) % 1000 as bucket
from converting
