-- Each null journey is met at a moment of its time at risk (docs/evaluation.md). Each
-- moment of all journeys is equally likely: a journey draws one of its own, and weighs
-- as many as it has. Paths without times may have to be met whole.
with

at_risk as (

    select * from {{ ref('int_null_journey_risks') }}

),

reading as (

    select * from {{ ref('int_path_reading') }}

),

-- The last six digits of a draw decide between the two kinds, the others on the moment.
sized as (

    select
        at_risk.*,
        reading.are_whole,
        reading.are_whole
        or at_risk.draw % 1000000 < at_risk.touchpoint_share * 1000000
            as is_cut_at_touchpoint,
        (at_risk.draw - at_risk.draw % 1000000) / 1000000000000000.0 as place,
        case
            when reading.are_whole then 1
            when at_risk.draw % 1000000 < at_risk.touchpoint_share * 1000000
                then at_risk.touch_count
            else at_risk.ended - at_risk.started
        end as size
    from at_risk
    cross join reading

),

sizes as (

    select
        is_cut_at_touchpoint,
        cast(sum(cast(size as decimal(38, 0))) as double) / count(*) as mean_size
    from sized
    group by is_cut_at_touchpoint

)

select
    sized.journey_key,
    sized.touch_count,
    case
        when sized.are_whole then sized.touch_count
        when sized.is_cut_at_touchpoint
            then 1 + cast(floor(sized.place * sized.touch_count) as bigint)
    end as drawn_position,
    coalesce(sized.size / nullif(sizes.mean_size, 0), 1) as weight,
    sized.converts_later,
    sized.is_open,
    case
        when not sized.is_cut_at_touchpoint
            then
                {{ from_epoch_microseconds(
                    'sized.started + cast(floor(sized.place'
                    ~ ' * (sized.ended - sized.started + 1)) as bigint)'
                ) }}
    end as drawn_at,
    -- Seen at the instant of its last touchpoint, as most conversions are, or after it.
    case
        when sized.touchpoint_share >= 0.5 then sized.last_touched_at
        else
            {{ from_epoch_microseconds(
                epoch_microseconds('sized.last_touched_at') ~ ' + 1'
            ) }}
    end as current_at,
    case
        when sized.touchpoint_share < 0.5
            then {{ from_epoch_microseconds('sized.ended') }}
    end as stands_until
from sized
inner join sizes on sized.is_cut_at_touchpoint = sizes.is_cut_at_touchpoint
