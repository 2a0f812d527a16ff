-- depends_on: {{ ref('int_journey_splits') }}
-- depends_on: {{ ref('int_path_length_weights') }}
-- Each null journey is met at a moment of its time at risk (docs/evaluation.md). Each
-- moment of all journeys is equally likely: a journey draws one of its own, and weighs
-- as many as it has. Paths have no times: they are met whole, and their lengths weigh.
with

at_risk as (

    select * from {{ ref('int_null_journey_risks') }}

),

{% if dataset_folder() == 'paths' -%}
    draws as (

        select
            at_risk.journey_key,
            at_risk.touch_count,
            at_risk.touch_count as drawn_position,
            weights.weight,
            at_risk.converts_later,
            at_risk.is_open,
            cast(null as timestamp) as drawn_at,
            at_risk.last_touched_at as current_at,
            cast(null as timestamp) as stands_until
        from at_risk
        inner join {{ ref('int_journey_splits') }} as splits
            on at_risk.journey_key = splits.journey_key
        inner join {{ ref('int_path_length_weights') }} as weights
            on
                splits.split = weights.split
                and at_risk.touch_count = weights.touch_count

    )
{%- else -%}
    -- The last six digits of a draw decide between the two kinds, the others on the
    -- moment.
    sized as (

        select
            *,
            draw % 1000000 < touchpoint_share * 1000000 as is_cut_at_touchpoint,
            (draw - draw % 1000000) / 1000000000000000.0 as place,
            case
                when draw % 1000000 < touchpoint_share * 1000000 then touch_count
                else ended - started
            end as size
        from at_risk

    ),

    sizes as (

        select
            is_cut_at_touchpoint,
            cast(sum(cast(size as decimal(38, 0))) as double) / count(*) as mean_size
        from sized
        group by is_cut_at_touchpoint

    ),

    draws as (

        select
            sized.journey_key,
            sized.touch_count,
            case
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
            -- Seen at the instant of its last touchpoint, as most conversions are, or
            -- after it.
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

    )
{%- endif %}

select * from draws
