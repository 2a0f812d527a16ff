{{ config(materialized='view') }}

-- By time, whoever is first seen from `test_from` on is evaluated on. Of all others,
-- the journeys that had begun by then are learned from, whatever came of them later,
-- and nobody looks at those that begin later. By user, no time counts.
{%- set is_by_time = var('split_by') == 'time' %}
{%- set test_from = "timestamp '" ~ var('test_from') ~ "'" if is_by_time
    else 'cast(null as timestamp)' %}
with

journeys as (

    select
        journey_key,
        user_key,
        began_at
    from {{ ref('int_journeys') }}

),

users as (

    select
        user_key,
        bucket,
        split
    from {{ ref('int_users') }}

),

first_seen as (

    select
        user_key,
        min(began_at) as first_seen_at
    from journeys
    where {{ 'true' if is_by_time else 'false' }}
    group by user_key

)

select
    journeys.journey_key,
    users.bucket,
    case
        when first_seen.first_seen_at >= {{ test_from }} then 'test'
        when journeys.began_at >= {{ test_from }} then 'unused'
        else users.split
    end as split,
    case
        when
            first_seen.first_seen_at < {{ test_from }}
            and journeys.began_at < {{ test_from }}
            then {{ test_from }}
    end as observed_until
from journeys
inner join users on journeys.user_key = users.user_key
left join first_seen on journeys.user_key = first_seen.user_key
