{{ config(materialized='view') }}
-- depends_on: {{ ref('int_conversions') }}

-- By time, whoever is first seen from `test_from` on is evaluated on. Of all others,
-- the journeys that had begun by then are learned from, whatever came of them later,
-- and nobody looks at those that begin later.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

users as (

    select
        user_key,
        bucket,
        split
    from {{ ref('int_users') }}

),

{% if var('split_by') == 'time' -%}
    timed as (

        select
            journeys.journey_key,
            journeys.user_key,
            timestamp '{{ var('test_from') }}' as test_from,
            coalesce(journeys.started_at, conversions.converted_at) as started_at
        from journeys
        left join {{ ref('int_conversions') }} as conversions
            on journeys.conversion_key = conversions.conversion_key

    ),

    first_seen as (

        select
            user_key,
            min(started_at) as first_seen_at
        from timed
        group by user_key

    ),

    splits as (

        select
            timed.journey_key,
            users.bucket,
            case
                when first_seen.first_seen_at >= timed.test_from then 'test'
                when timed.started_at >= timed.test_from then 'unused'
                else users.split
            end as split,
            case
                when
                    first_seen.first_seen_at < timed.test_from
                    and timed.started_at < timed.test_from
                    then timed.test_from
            end as observed_until
        from timed
        inner join first_seen on timed.user_key = first_seen.user_key
        inner join users on timed.user_key = users.user_key

    )
{%- else -%}
    splits as (

        select
            journeys.journey_key,
            users.bucket,
            users.split,
            cast(null as timestamp) as observed_until
        from journeys
        inner join users on journeys.user_key = users.user_key

    )
{%- endif %}

select * from splits
