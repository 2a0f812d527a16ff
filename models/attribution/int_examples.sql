{{ config(materialized='view') }}

-- What fitted models are judged on, and what a journey cut at random and one at its
-- conversion must not be told apart by: how long they are.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

)

select
    cut_key,
    journey_key,
    user_key,
    split,
    bucket,
    last_position - first_position + 1 as touch_count,
    {{ epoch_microseconds('last_touched_at') }}
    - {{ epoch_microseconds('started_at') }} as span,
    weight,
    is_converted
from cuts
where is_example
