-- The bootstrap draws users. Converting users are dealt into 1,000 buckets by a hash of
-- their id: sums of random buckets vary as users do, and any number of users costs the
-- same. Buckets of equal size would not: their sums hardly vary.
with

converting as (

    select distinct
        user_key,
        user_id
    from {{ ref('int_conversions') }}

)

select
    user_key,
    {{ hash_bucket('user_id', 1000) }} as bucket
from converting
