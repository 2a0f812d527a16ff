-- Paths have an order and no times: all touchpoints of a journey share one instant, and
-- their ids keep the order. So time_decay equals linear here.
with

journeys as (

    select * from {{ ref('stg_paths__journeys') }}

),

touchpoints as (

    select
        user_id,
        unnest(channels) as channel,
        unnest(range(1, len(channels) + 1)) as position
    from journeys

)

select
    user_id || '-' || lpad(cast(position as varchar), 6, '0') as touchpoint_id,
    user_id,
    channel,
    cast(null as varchar) as campaign,
    cast(null as varchar) as interaction,
    cast(null as varchar) as currency,
    cast(null as boolean) as features,
    0 as row_hash,
    cast(null as double) as cost,
    timestamp '2000-01-01' as occurred_at,
    cast(null as varchar) as problem
from touchpoints
