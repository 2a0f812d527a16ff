-- Guards that the report of sequences counts each pair and each triplet of neighbours
-- once: a journey of n touchpoints has n - 1 pairs and n - 2 triplets. Without it,
-- sequences that a join lost or doubled would shift the shares of all channels, and
-- with them every lift.
with

actual as (

    select
        2 as sequence_length,
        sum(greatest(touch_count - 1, 0)) as occurrences
    from {{ ref('fct_journeys') }}
    union all
    select
        3 as sequence_length,
        sum(greatest(touch_count - 2, 0)) as occurrences
    from {{ ref('fct_journeys') }}

),

reported as (

    select
        sequence_length,
        sum(occurrences) as occurrences
    from {{ ref('fct_channel_sequences') }}
    group by sequence_length

)

select
    actual.sequence_length,
    actual.occurrences as actual_occurrences,
    reported.occurrences
from actual
left join reported on actual.sequence_length = reported.sequence_length
where coalesce(actual.occurrences, 0) <> coalesce(reported.occurrences, 0)
