-- Guards the ground on which fitted models are compared: each journey with a touchpoint
-- is an example once and stands as it is once, and one that converts is once more an
-- example of not having converted yet; a cut keeps what lies in the journey, or at the
-- end of the null journey before, no later than the cut and within the lookback, and
-- leaves nothing out of that; a conversion keeps all of its touchpoints; and by time,
-- examples to learn from know nothing from `test_from` on. Without it, a null journey
-- seen further than a converting one would tell the label by its length, and every
-- model would look better than it is. The lookback is written out here, so that an
-- error in its macro can't hide itself.
{%- set is_too_old -%}
    {%- if var('lookback_days') is none -%}
        1 = 0
    {%- elif var('lookback_unit') == 'calendar_day' -%}
        {{ dbt.datediff('cast(occurred_at as date)', 'cast(cut_at as date)', 'day') }}
        > {{ var('lookback_days') }}
    {%- else -%}
        {{ epoch_microseconds('cut_at') }} - {{ epoch_microseconds('occurred_at') }}
        > {{ var('lookback_days') * 86400000000 }} + 0.5
    {%- endif -%}
{%- endset %}
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

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
    from cuts
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

-- A cut may reach back into the null journey before.
reaches as (

    select
        cut_key,
        journey_key,
        first_position,
        last_position
    from cuts
    union all
    select
        cuts.cut_key,
        cuts.earlier_journey_key as journey_key,
        earlier.touch_count + cuts.first_position as first_position,
        earlier.touch_count as last_position
    from cuts
    inner join journeys as earlier on cuts.earlier_journey_key = earlier.journey_key

),

kept as (

    select
        cuts.cut_key,
        cuts.cut_at,
        cuts.is_example,
        touchpoints.occurred_at,
        cuts.journey_key = touchpoints.journey_key
        and touchpoints.position = cuts.last_position as is_last
    from reaches
    inner join cuts on reaches.cut_key = cuts.cut_key
    inner join touchpoints
        on
            reaches.journey_key = touchpoints.journey_key
            and reaches.first_position <= touchpoints.position
            and reaches.last_position >= touchpoints.position

),

-- The touchpoint of the user before the first one that a cut keeps, unless a conversion
-- has used it up.
left_out as (

    select
        cuts.cut_key,
        cuts.cut_at,
        touchpoints.occurred_at
    from cuts
    inner join journeys on cuts.journey_key = journeys.journey_key
    inner join {{ ref('int_touchpoints') }} as touchpoints
        on
            journeys.user_key = touchpoints.user_key
            and journeys.first_user_position + cuts.first_position - 2
            = touchpoints.user_position
    left join {{ ref('int_touchpoint_segments') }} as segments
        on
            touchpoints.user_key = segments.user_key
            and touchpoints.user_position = segments.user_position
    where
        cuts.is_example
        and (cuts.first_position > 1 or segments.conversion_key is null)

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
    cuts.cut_key as breach
from cuts
inner join journeys on cuts.journey_key = journeys.journey_key
left join journeys as earlier on cuts.earlier_journey_key = earlier.journey_key
where
    not coalesce(1 - earlier.touch_count, 1) <= cuts.first_position
    or not cuts.first_position <= cuts.last_position
    or not cuts.last_position <= journeys.touch_count
    or (earlier.journey_key is not null) <> (cuts.first_position < 1)
    or (cuts.is_converted and journeys.converted_at is distinct from cuts.cut_at)
    or (cuts.is_latest and cuts.is_converted <> (journeys.conversion_key is not null))
    {% if var('split_by') == 'time' %}
        or (
            cuts.is_example
            and cuts.is_converted
            and cuts.split in ('training', 'validation')
            and journeys.converted_at >= timestamp '{{ var('test_from') }}'
        )
    {% endif %}
    or (
        cuts.is_converted
        and cuts.last_position - cuts.first_position + 1 <> journeys.touch_count
    )
union all
select
    'reaches_into_the_null_journey_before' as rule,
    cuts.cut_key as breach
from cuts
inner join journeys on cuts.journey_key = journeys.journey_key
inner join journeys as earlier on cuts.earlier_journey_key = earlier.journey_key
where
    cuts.is_converted
    or cuts.is_latest
    or journeys.conversion_key is null
    or earlier.conversion_key is not null
    or earlier.user_key <> journeys.user_key
    or earlier.first_user_position + earlier.touch_count
    <> journeys.first_user_position
union all
select
    'not_yet_converted' as rule,
    cuts.cut_key as breach
from cuts
inner join journeys on cuts.journey_key = journeys.journey_key
where
    not cuts.is_converted
    {% if dataset_folder() == 'paths' -%}
        and journeys.conversion_key is not null
        and cuts.last_position >= journeys.touch_count
    {%- else -%}
        and cuts.cut_at >= journeys.converted_at
    {%- endif %}
union all
select
    'known_at_test_from' as rule,
    cut_key as breach
from cuts
where
    is_example
    and split in ('training', 'validation')
    {% if var('split_by') == 'time' %}
        and cut_at >= timestamp '{{ var('test_from') }}'
    {% else %}
        and 1 = 0
    {% endif %}
union all
select
    'known_at_the_cut' as rule,
    cut_key as breach
from kept
where
    occurred_at > cut_at
    -- Of a journey as it stands the last one is known whatever its age.
    or ((is_example or not is_last) and {{ is_too_old }})
union all
select
    'nothing_left_out' as rule,
    cut_key as breach
from left_out
where
    not {{ is_too_old }}
    and {{ 1 if var('touch_reuse') == 'every_conversion' else 0 }} = 0
{% if dataset_folder() != 'paths' -%}
    union all
    select
        'known_up_to_the_cut' as rule,
        cuts.cut_key as breach
    from cuts
    inner join touchpoints
        on
            cuts.journey_key = touchpoints.journey_key
            and cuts.last_position + 1 = touchpoints.position
    where cuts.cut_at >= touchpoints.occurred_at
{%- endif %}
