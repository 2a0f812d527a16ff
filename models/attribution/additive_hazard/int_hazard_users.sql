-- All users, those without a touchpoint included: their time is time at risk as well.
-- Beyond `hazard_limit` touchpoints the additive hazard learns from some users, with
-- all of theirs; they are drawn by their ids.
with

users as (

    select * from {{ ref('int_users') }}
    where {{ is_model_enabled(['additive_hazard']) }}

),

converting as (

    select distinct user_key from {{ ref('int_conversions') }}

),

totals as (

    select count(*) as touchpoints from {{ ref('int_touchpoints') }}

)

select
    users.user_key,
    profiles.attributes,
    case
        when totals.touchpoints > {{ var('hazard_limit') }}
            then
                {{ hash_bucket(
                    "'" ~ var('seed') ~ ":hazard:' || users.user_id", 1000000000
                ) }}
                < 1e9 * {{ var('hazard_limit') }} / totals.touchpoints
        else true
    end as is_sampled,
    converting.user_key is not null as is_converting
from users
cross join totals
left join converting on users.user_key = converting.user_key
left join {{ ref('int_user_profiles') }} as profiles
    on users.user_key = profiles.user_key
