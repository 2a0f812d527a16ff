-- All users, those without a touchpoint included: their time is time at risk as well.
-- Beyond `hazard_limit` touchpoints (or users, or conversions) the additive hazard
-- learns from some users, with all of theirs; they are drawn by their ids.
with

users as (

    select * from {{ ref('int_users') }}
    where {{ is_model_enabled(['additive_hazard']) }}

),

converting as (

    select distinct user_key from {{ ref('int_conversions') }}

),

-- Whatever there is most of bounds what is learned from.
totals as (

    select greatest(
        (select count(*) from {{ ref('int_touchpoints') }}),
        (select count(*) from {{ ref('int_conversions') }}),
        (select count(*) from users)
    ) as seen

)

select
    users.user_key,
    profiles.attributes,
    -- Of a conversion without a user nobody knows the time at risk.
    users.user_id is not null
    and {{ is_drawn('hazard', 'users.user_ref', var('hazard_limit'), 'totals.seen') }}
        as is_sampled,
    converting.user_key is not null as is_converting
from users
cross join totals
left join converting on users.user_key = converting.user_key
left join {{ ref('int_user_profiles') }} as profiles
    on users.user_key = profiles.user_key
