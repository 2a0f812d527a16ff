-- Paths have an order and no times: all touchpoints of a journey share one instant, and
-- their ids keep the order. So time_decay equals linear here.
with

journeys as (

    select * from {{ ref('stg_paths__journeys') }}

),

positions as (

    select
        user_id,
        channels,
        {{ each_number(list_length('channels')) }} as position
    from journeys

),

touchpoints as (

    select
        user_id,
        {{ list_item('channels', 'position') }} as channel,
        position
    from positions

)

select
    user_id || '-' || lpad(cast(position as string), 6, '0') as touchpoint_id,
    user_id,
    channel,
    cast(null as string) as campaign,
    cast(null as string) as interaction,
    cast(null as string) as currency,
    cast(null as boolean) as features,
    0 as row_hash,
    cast(null as double) as cost,
    timestamp '2000-01-01' as occurred_at,
    cast(null as string) as problem
from touchpoints
