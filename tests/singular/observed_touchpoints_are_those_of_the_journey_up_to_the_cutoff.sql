-- Guards what path transforms leave at a cutoff: something of each snapshot, nothing
-- from after it, and of a converting journey what they leave of the whole. Without it,
-- transforms could look past the snapshot, and models would know what came after it.
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}

),

observed as (

    select * from {{ ref('int_observed_touchpoints') }}

),

counted as (

    select
        snapshot_key,
        count(*) as touchpoints,
        max(touch_count) as touch_count
    from observed
    group by snapshot_key

),

converting as (

    select
        observed.journey_key,
        observed.position,
        observed.touch_count,
        observed.channel_key,
        observed.occurred_at
    from observed
    inner join snapshots on observed.snapshot_key = snapshots.snapshot_key
    where snapshots.is_converted and snapshots.is_latest

),

credited as (

    select * from {{ ref('int_journey_touchpoints') }}
    where conversion_key is not null

)

select
    'observed_as_counted' as rule,
    snapshots.snapshot_key as breach
from snapshots
left join counted on snapshots.snapshot_key = counted.snapshot_key
where counted.snapshot_key is null or counted.touch_count <> counted.touchpoints
union all
select
    'observed_too_early' as rule,
    snapshots.snapshot_key as breach
from snapshots
inner join observed on snapshots.snapshot_key = observed.snapshot_key
where observed.occurred_at > snapshots.cutoff_at
union all
select
    'conversion_observed_otherwise' as rule,
    coalesce(converting.journey_key, credited.journey_key) as breach
from converting
full outer join credited
    on
        converting.journey_key = credited.journey_key
        and converting.position = credited.position
where
    converting.journey_key is null
    or credited.journey_key is null
    or converting.touch_count <> credited.touch_count
    or converting.channel_key <> credited.channel_key
    or converting.occurred_at <> credited.occurred_at
