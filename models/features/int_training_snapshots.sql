-- The snapshots that fitted models learn from. Of those at which nothing converted,
-- beyond `training_limit`, a sample stands for all: it weighs as much more as it is
-- smaller.
with

examples as (

    select
        snapshots.snapshot_key,
        snapshots.journey_key,
        snapshots.user_key,
        snapshots.split,
        snapshots.weight,
        snapshots.is_converted,
        count(*) over (partition by snapshots.split, snapshots.is_converted) as alike
    from {{ ref('int_journey_snapshots') }} as snapshots
    where
        snapshots.is_example
        and snapshots.split in ('training', 'validation')
        and {{ is_model_enabled(snapshot_models()) }}

),

-- Drawn by the first touchpoint: the names of other users don't matter.
drawn as (

    select
        examples.*,
        cast(row_number() over (
            partition by examples.split, examples.is_converted
            order by
                case
                    when examples.alike > {{ var('training_limit') }}
                        then
                            {{ hash_bucket(
                                "'" ~ var('seed')
                                ~ ":sample:' || journeys.first_touchpoint_id",
                                1000000000000000
                            ) }}
                end,
                examples.snapshot_key
        ) as bigint) as draw
    from examples
    inner join {{ ref('int_journeys') }} as journeys
        on examples.journey_key = journeys.journey_key

)

select
    snapshot_key,
    user_key,
    split,
    case
        when is_converted then weight
        else weight * greatest(1, alike / cast({{ var('training_limit') }} as double))
    end as weight,
    is_converted
from drawn
where is_converted or draw <= {{ var('training_limit') }}
