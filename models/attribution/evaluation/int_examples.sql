{{ config(materialized='view') }}

-- What fitted models are evaluated on, and what a journey with a random cutoff and one
-- with its conversion as cutoff must not be told apart by: how long they are. Beyond
-- `evaluation_limit` examples of a split, those of some users stand for all; they are
-- drawn by key.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}
    where is_example

),

splits as (

    select
        split,
        count(*) as examples
    from snapshots
    group by 1

)

select
    snapshots.snapshot_key,
    snapshots.journey_key,
    snapshots.user_key,
    snapshots.split,
    snapshots.bucket,
    snapshots.last_position - snapshots.first_position + 1 as touch_count,
    {{ epoch_microseconds('snapshots.last_touched_at') }}
    - {{ epoch_microseconds('snapshots.started_at') }} as span,
    snapshots.weight,
    snapshots.is_converted
from snapshots
inner join splits on snapshots.split = splits.split
where
    case
        when splits.examples > {{ var('evaluation_limit') }}
            then
                {{ hash_bucket(
                    "'" ~ var('seed')
                    ~ ":evaluation:' || cast(snapshots.user_key as string)",
                    1000000000
                ) }}
                < 1e9 * {{ var('evaluation_limit') }} / splits.examples
        else true
    end
