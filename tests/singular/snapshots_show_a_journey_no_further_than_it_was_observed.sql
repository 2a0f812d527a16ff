-- Guards the ground on which fitted models are compared: each journey with a touchpoint
-- is an example once and stands as it is once, and one that converts is once more an
-- example of not having converted yet; a snapshot keeps what lies in the journey, or at
-- the end of the null journey before, no later than the cutoff and within the lookback,
-- and leaves nothing out of that; a conversion keeps all of its touchpoints; and by
-- time, examples to learn from know nothing from `test_from` on. Without it, a null
-- journey seen further than a converting one would tell the label by its length, and
-- every model would look better than it is. The lookback is written out here, so that
-- an error in its macro can't hide itself.
{%- set is_too_old -%}
    {%- if var('lookback_days') is none -%}
        1 = 0
    {%- elif var('lookback_unit') == 'calendar_day' -%}
        {{ dbt.datediff(
            'cast(' ~ reporting_time('occurred_at') ~ ' as date)',
            'cast(' ~ reporting_time('cutoff_at') ~ ' as date)',
            'day'
        ) }} > {{ var('lookback_days') }}
    {%- else -%}
        {{ epoch_microseconds('cutoff_at') }} - {{ epoch_microseconds('occurred_at') }}
        > {{ var('lookback_days') * 86400000000 }} + 0.5
    {%- endif -%}
{%- endset %}
with

snapshots as (

    select * from {{ ref('int_journey_snapshots') }}

),

reading as (

    select * from {{ ref('int_null_path_censoring') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

journeys as (

    select
        journeys.journey_key,
        journeys.user_key,
        journeys.first_user_position,
        journeys.conversion_key,
        conversions.converted_at,
        count(touchpoints.position) as touch_count,
        count(
            case when touchpoints.occurred_at < conversions.converted_at then 1 end
        ) as touches_before
    from {{ ref('int_journeys') }} as journeys
    left join touchpoints on journeys.journey_key = touchpoints.journey_key
    left join {{ ref('int_conversions') }} as conversions
        on journeys.conversion_key = conversions.conversion_key
    group by
        journeys.journey_key,
        journeys.user_key,
        journeys.first_user_position,
        journeys.conversion_key,
        conversions.converted_at

),

counted as (

    select
        journey_key,
        sum(case when is_example then 1 else 0 end) as examples,
        sum(case when is_example and is_converted then 1 else 0 end) as conversions,
        sum(case when is_latest then 1 else 0 end) as currents
    from snapshots
    group by journey_key

),

examples_with_one_outcome as (

    select count(*) as examples
    from counted
    where examples = 1 and conversions = 0

),

expected as (

    select
        journeys.journey_key,
        case when journeys.touch_count > 0 then 1 else 0 end as currents,
        case
            when journeys.touch_count = 0 then 0
            when counted.conversions = 0 then 1
            {% if dataset_folder() == 'paths' -%}
                when journeys.touch_count = 1 or reading.are_complete then 1
            {%- else -%}
                when journeys.touches_before = 0 then 1
            {%- endif %}
            when examples_with_one_outcome.examples = 0 then 1
            else {{ 1 if var('touch_reuse') == 'every_conversion' else 2 }}
        end as examples
    from journeys
    cross join reading
    cross join examples_with_one_outcome
    left join counted on journeys.journey_key = counted.journey_key

),

-- A snapshot may carry over touchpoints of the null journey before.
bounds as (

    select
        snapshot_key,
        journey_key,
        first_position,
        last_position
    from snapshots
    union all
    select
        snapshots.snapshot_key,
        snapshots.earlier_journey_key as journey_key,
        earlier.touch_count + snapshots.first_position as first_position,
        earlier.touch_count as last_position
    from snapshots
    inner join journeys as earlier
        on snapshots.earlier_journey_key = earlier.journey_key

),

kept as (

    select
        snapshots.snapshot_key,
        snapshots.cutoff_at,
        snapshots.is_example,
        touchpoints.occurred_at,
        snapshots.journey_key = touchpoints.journey_key
        and touchpoints.position = snapshots.last_position as is_last
    from bounds
    inner join snapshots on bounds.snapshot_key = snapshots.snapshot_key
    inner join touchpoints
        on
            bounds.journey_key = touchpoints.journey_key
            and bounds.first_position <= touchpoints.position
            and bounds.last_position >= touchpoints.position

),

-- The touchpoint of the user before the first one that a snapshot keeps, unless a
-- conversion has used it up.
left_out as (

    select
        snapshots.snapshot_key,
        snapshots.cutoff_at,
        touchpoints.occurred_at
    from snapshots
    inner join journeys on snapshots.journey_key = journeys.journey_key
    inner join {{ ref('int_touchpoints') }} as touchpoints
        on
            journeys.user_key = touchpoints.user_key
            and journeys.first_user_position + snapshots.first_position - 2
            = touchpoints.user_position
    left join {{ ref('int_touchpoint_segments') }} as segments
        on
            touchpoints.user_key = segments.user_key
            and touchpoints.user_position = segments.user_position
    where
        snapshots.is_example
        and (snapshots.first_position > 1 or segments.conversion_key is null)

)

select
    'seen_once' as rule,
    coalesce(expected.journey_key, counted.journey_key) as breach
from expected
full outer join counted on expected.journey_key = counted.journey_key
where
    expected.journey_key is null
    or coalesce(counted.examples, 0) <> expected.examples
    or coalesce(counted.currents, 0) <> expected.currents
union all
select
    'range_in_the_journey' as rule,
    snapshots.snapshot_key as breach
from snapshots
inner join journeys on snapshots.journey_key = journeys.journey_key
left join journeys as earlier on snapshots.earlier_journey_key = earlier.journey_key
where
    not coalesce(1 - earlier.touch_count, 1) <= snapshots.first_position
    or not snapshots.first_position <= snapshots.last_position
    or not snapshots.last_position <= journeys.touch_count
    or (earlier.journey_key is not null) <> (snapshots.first_position < 1)
    or (
        snapshots.is_converted
        and journeys.converted_at is distinct from snapshots.cutoff_at
    )
    or (
        snapshots.is_latest
        and snapshots.is_converted <> (journeys.conversion_key is not null)
    )
    {% if var('split_by') == 'time' %}
        or (
            snapshots.is_example
            and snapshots.is_converted
            and snapshots.split in ('training', 'validation')
            and journeys.converted_at >= timestamp '{{ var('test_from') }}'
        )
    {% endif %}
    or (
        snapshots.is_converted
        and snapshots.last_position - snapshots.first_position + 1
        <> journeys.touch_count
    )
union all
select
    'carries_over_from_the_null_journey_before' as rule,
    snapshots.snapshot_key as breach
from snapshots
inner join journeys on snapshots.journey_key = journeys.journey_key
inner join journeys as earlier on snapshots.earlier_journey_key = earlier.journey_key
where
    snapshots.is_converted
    or snapshots.is_latest
    or journeys.conversion_key is null
    or earlier.conversion_key is not null
    or earlier.user_key <> journeys.user_key
    or earlier.first_user_position + earlier.touch_count
    <> journeys.first_user_position
union all
select
    'not_yet_converted' as rule,
    snapshots.snapshot_key as breach
from snapshots
inner join journeys on snapshots.journey_key = journeys.journey_key
where
    not snapshots.is_converted
    {% if dataset_folder() == 'paths' -%}
        and journeys.conversion_key is not null
        and snapshots.last_position >= journeys.touch_count
    {%- else -%}
        and snapshots.cutoff_at >= journeys.converted_at
    {%- endif %}
union all
select
    'observed_at_test_from' as rule,
    snapshot_key as breach
from snapshots
where
    is_example
    and split in ('training', 'validation')
    {% if var('split_by') == 'time' %}
        and cutoff_at >= timestamp '{{ var('test_from') }}'
    {% else %}
        and 1 = 0
    {% endif %}
union all
select
    'observed_at_the_cutoff' as rule,
    snapshot_key as breach
from kept
where
    occurred_at > cutoff_at
    -- Of a journey as it stands the last one is known whatever its age.
    or ((is_example or not is_last) and {{ is_too_old }})
union all
select
    'nothing_left_out' as rule,
    snapshot_key as breach
from left_out
where
    not {{ is_too_old }}
    and {{ 1 if var('touch_reuse') == 'every_conversion' else 0 }} = 0
{% if dataset_folder() != 'paths' -%}
    union all
    select
        'observed_up_to_the_cutoff' as rule,
        snapshots.snapshot_key as breach
    from snapshots
    inner join touchpoints
        on
            snapshots.journey_key = touchpoints.journey_key
            and snapshots.last_position + 1 = touchpoints.position
    where snapshots.cutoff_at >= touchpoints.occurred_at
{%- endif %}
