-- Guards that fitted models learn from examples of training users, and choose by those
-- of validation users, with the outcome that they have; that none weighs less than it
-- should; and that all converting ones take part. Without it, a model could be
-- evaluated on what it was trained on, and look better than it is.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}

),

examples as (

    select * from snapshots
    where
        is_example
        and split in ('training', 'validation')
        and {{ is_model_enabled(snapshot_models()) }}

),

counted as (

    select
        split,
        is_converted,
        count(*) as examples
    from examples
    group by split, is_converted

)

select
    coalesce(examples.snapshot_key, learned.snapshot_key) as snapshot_key,
    examples.split,
    learned.split as learned_split,
    examples.weight,
    learned.weight as learned_weight
from examples
inner join counted
    on
        examples.split = counted.split
        and examples.is_converted = counted.is_converted
full outer join {{ ref('int_training_snapshots') }} as learned
    on examples.snapshot_key = learned.snapshot_key
where
    examples.snapshot_key is null
    or examples.split <> learned.split
    or examples.user_key <> learned.user_key
    or examples.is_converted <> learned.is_converted
    or examples.weight > learned.weight
    or (
        learned.snapshot_key is null
        and (
            examples.is_converted
            or counted.examples <= {{ var('training_limit') }}
        )
    )
