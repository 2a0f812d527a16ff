{{ config(materialized='view') }}
-- depends_on: {{ ref('int_conversions') }}

-- By time, whoever is first seen from `test_from` on is judged on. Of all others, the
-- journeys that had ended by then are learned from, and nobody looks at the later ones.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

draws as (

    select * from {{ ref('int_user_draws') }}

),

{% if var('split_by') == 'time' -%}
    timed as (

        select
            journeys.journey_key,
            journeys.user_key,
            coalesce(journeys.started_at, conversions.converted_at) as started_at,
            coalesce(conversions.converted_at, journeys.last_touched_at) as ended_at
        from journeys
        left join {{ ref('int_conversions') }} as conversions
            on journeys.conversion_key = conversions.conversion_key

    ),

    users as (

        select
            user_key,
            min(started_at) as first_seen_at
        from timed
        group by user_key

    ),

    splits as (

        select
            timed.journey_key,
            draws.bucket,
            case
                when users.first_seen_at >= timestamp '{{ var('test_from') }}'
                    then 'test'
                when timed.ended_at >= timestamp '{{ var('test_from') }}' then 'unused'
                else draws.split
            end as split
        from timed
        inner join users on timed.user_key = users.user_key
        inner join draws on timed.user_key = draws.user_key

    )
{%- else -%}
    splits as (

        select
            journeys.journey_key,
            draws.bucket,
            draws.split
        from journeys
        inner join draws on journeys.user_key = draws.user_key

    )
{%- endif %}

select * from splits
