{{ config(materialized='view') }}

-- What fitted models are judged on, and what a journey cut at random and one at its
-- conversion must not be told apart by: how long they are. Beyond `evaluation_limit`
-- examples of a split, those of some users stand for all; they are drawn by key.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where is_example

),

splits as (

    select
        split,
        count(*) as examples
    from cuts
    group by 1

)

select
    cuts.cut_key,
    cuts.journey_key,
    cuts.user_key,
    cuts.split,
    cuts.bucket,
    cuts.last_position - cuts.first_position + 1 as touch_count,
    {{ epoch_microseconds('cuts.last_touched_at') }}
    - {{ epoch_microseconds('cuts.started_at') }} as span,
    cuts.weight,
    cuts.is_converted
from cuts
inner join splits on cuts.split = splits.split
where
    case
        when splits.examples > {{ var('evaluation_limit') }}
            then
                {{ hash_bucket(
                    "'" ~ var('seed') ~ ":evaluation:' || cast(cuts.user_key as string)",
                    1000000000
                ) }}
                < 1e9 * {{ var('evaluation_limit') }} / splits.examples
        else true
    end
