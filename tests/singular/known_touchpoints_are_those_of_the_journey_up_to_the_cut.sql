-- Guards what path transforms leave at a cut: something of each cut, nothing from after
-- it, and of a converting journey what they leave of the whole. Without it, transforms
-- could look past the cut, and models would know what came after it.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

known as (

    select * from {{ ref('int_observed_touchpoints') }}

),

counted as (

    select
        cut_key,
        count(*) as touchpoints,
        max(touch_count) as touch_count
    from known
    group by cut_key

),

converting as (

    select
        known.journey_key,
        known.place,
        known.touch_count,
        known.channel_key,
        known.occurred_at
    from known
    inner join cuts on known.cut_key = cuts.cut_key
    where cuts.is_converted and cuts.is_latest

),

credited as (

    select * from {{ ref('int_journey_touchpoints') }}
    where conversion_key is not null

)

select
    'known_as_counted' as rule,
    cuts.cut_key as breach
from cuts
left join counted on cuts.cut_key = counted.cut_key
where counted.cut_key is null or counted.touch_count <> counted.touchpoints
union all
select
    'known_too_early' as rule,
    cuts.cut_key as breach
from cuts
inner join known on cuts.cut_key = known.cut_key
where known.occurred_at > cuts.cut_at
union all
select
    'conversion_known_otherwise' as rule,
    coalesce(converting.journey_key, credited.journey_key) as breach
from converting
full outer join credited
    on
        converting.journey_key = credited.journey_key
        and converting.place = credited.position
where
    converting.journey_key is null
    or credited.journey_key is null
    or converting.touch_count <> credited.touch_count
    or converting.channel_key <> credited.channel_key
    or converting.occurred_at <> credited.occurred_at
