-- depends_on: {{ ref('int_journeys') }}, {{ ref('int_conversions') }}
-- Chance, dealt once per user by hashes of the id. Buckets are what the bootstrap
-- draws: sums of random buckets vary as users do, and any number of users costs the
-- same. Buckets of equal size would not: their sums hardly vary. The split comes from a
-- hash of its own, so that each of its parts has users of every bucket.
with

draws as (

    select
        user_key,
        {{ hash_bucket('user_id', 1000) }} as bucket,
        {{ hash_bucket("'" ~ var('seed') ~ ":' || user_id", 1000000) }} / 1000000.0
            as draw
    from {{ ref('int_users') }}

),

{% if var('split_by') == 'time' -%}
    journeys as (

        select * from {{ ref('int_journeys') }}

    ),

    conversions as (

        select * from {{ ref('int_conversions') }}

    ),

    spans as (

        select
            journeys.user_key,
            min(coalesce(journeys.started_at, conversions.converted_at)) as first_at,
            max(coalesce(conversions.converted_at, journeys.last_touched_at)) as last_at
        from journeys
        left join conversions on journeys.conversion_key = conversions.conversion_key
        group by journeys.user_key

    ),

    -- Whoever is seen on both sides is known to one and would be judged on the other.
    splits as (

        select
            draws.user_key,
            draws.bucket,
            case
                when spans.first_at >= timestamp '{{ var('test_from') }}' then 'test'
                when spans.last_at >= timestamp '{{ var('test_from') }}' then 'unused'
                when draws.draw < {{ var('validation_fraction') }} then 'validation'
                else 'training'
            end as split
        from draws
        left join spans on draws.user_key = spans.user_key

    )
{%- else -%}
    splits as (

        select
            user_key,
            bucket,
            case
                when draw < {{ var('test_fraction') }} then 'test'
                when
                    draw < {{ var('test_fraction') }} + {{ var('validation_fraction') }}
                    then 'validation'
                else 'training'
            end as split
        from draws

    )
{%- endif %}

select * from splits
