-- Integers in place of text ids for all that sorts and joins, and random numbers. Each
-- comes of the id alone: nothing of a user depends on who else is there. Buckets are
-- what the bootstrap draws: sums of random buckets vary as users do, and any number of
-- users costs the same. Buckets of equal size would not: their sums hardly vary. The
-- split comes from a hash of its own, so that each of its parts has users of every
-- bucket.
with

known as (

    select user_id from {{ ref('stg_touchpoints') }}
    union
    select user_id from {{ ref('stg_conversions') }}
    where user_id is not null

),

users as (

    select
        user_id,
        user_id as user_ref
    from known
    union all
    select
        user_id,
        {{ user_ref('user_id', 'conversion_id') }} as user_ref
    from {{ ref('stg_conversions') }}
    where user_id is null

),

drawn as (

    select
        user_id,
        user_ref,
        {{ key_of('user_ref') }} as user_key,
        {{ hash_bucket('user_ref', 1000) }} as bucket,
        {{ hash_bucket("'" ~ var('seed') ~ ":' || user_ref", 1000000) }} / 1e6 as draw
    from users

)

select
    user_id,
    user_ref,
    user_key,
    bucket,
    case
        {% if var('split_by') == 'user' -%}
            when draw < {{ var('test_fraction') }} then 'test'
            when draw < {{ var('test_fraction') }} + {{ var('validation_fraction') }}
                then 'validation'
        {%- else -%}
            when draw < {{ var('validation_fraction') }} then 'validation'
        {%- endif %}
        else 'training'
    end as split
from drawn
