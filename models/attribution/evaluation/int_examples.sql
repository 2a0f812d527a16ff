-- What fitted models are evaluated on, and what a journey with a random cutoff and one
-- with its conversion as cutoff must not be told apart by: how long they are. Beyond
-- `evaluation_limit` examples of no conversion in a split, those of some users, drawn
-- by key, stand for all and weigh more.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}
    where is_example

),

splits as (

    select
        split,
        cast(sum(case when is_converted then 0 else 1 end) as bigint) as examples
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
    case
        when snapshots.is_converted then snapshots.weight
        else
            snapshots.weight
            * greatest(1e0, splits.examples / {{ var('evaluation_limit') }}e0)
    end as weight,
    snapshots.is_converted
from snapshots
inner join splits on snapshots.split = splits.split
where
    snapshots.is_converted
    or {{ is_drawn(
        'evaluation', 'cast(snapshots.user_key as string)',
        var('evaluation_limit'), 'splits.examples',
    ) }}
