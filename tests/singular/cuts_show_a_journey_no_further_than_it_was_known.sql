-- Guards the ground on which fitted models are compared: each journey with a touchpoint
-- is an example once and stands as it is once; a cut keeps what lies in the journey, no
-- later than the cut and within the lookback; a converting journey keeps all of its
-- touchpoints; of an instant all are kept or none; and by time, examples to learn from
-- know nothing from `test_from` on. Without it, a null journey seen further than a
-- converting one would tell the label by its length, and every model would look better
-- than it is. The lookback is written out here, so that an error in its macro can't
-- hide itself.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

journeys as (

    select
        journeys.journey_key,
        journeys.conversion_key,
        conversions.converted_at,
        count(touchpoints.position) as touch_count
    from {{ ref('int_journeys') }} as journeys
    left join {{ ref('int_untransformed_touchpoints') }} as touchpoints
        on journeys.journey_key = touchpoints.journey_key
    left join {{ ref('int_conversions') }} as conversions
        on journeys.conversion_key = conversions.conversion_key
    group by
        journeys.journey_key, journeys.conversion_key, conversions.converted_at

),

counted as (

    select
        journey_key,
        sum(case when is_example then 1 else 0 end) as examples,
        sum(case when is_current then 1 else 0 end) as currents
    from cuts
    group by journey_key

),

kept as (

    select
        cuts.cut_key,
        cuts.journey_key,
        cuts.last_position,
        cuts.cut_at,
        cuts.is_example,
        touchpoints.occurred_at,
        touchpoints.position = cuts.last_position as is_last
    from cuts
    inner join {{ ref('int_untransformed_touchpoints') }} as touchpoints
        on cuts.journey_key = touchpoints.journey_key
    where touchpoints.position between cuts.first_position and cuts.last_position

)

select
    'seen_once' as rule,
    coalesce(journeys.journey_key, counted.journey_key) as breach
from journeys
full outer join counted on journeys.journey_key = counted.journey_key
where
    journeys.journey_key is null
    or coalesce(counted.examples, 0)
    <> case when journeys.touch_count > 0 then 1 else 0 end
    or coalesce(counted.currents, 0)
    <> case when journeys.touch_count > 0 then 1 else 0 end
union all
select
    'range_in_the_journey' as rule,
    cuts.cut_key as breach
from cuts
inner join journeys on cuts.journey_key = journeys.journey_key
where
    not 1 <= cuts.first_position
    or not cuts.first_position <= cuts.last_position
    or not cuts.last_position <= journeys.touch_count
    or cuts.is_converted
    <> (
        journeys.conversion_key is not null
        {% if var('split_by') == 'time' %}
            and (
                not cuts.is_example
                or cuts.split in ('test', 'unused')
                or journeys.converted_at < timestamp '{{ var('test_from') }}'
            )
        {% endif %}
    )
    or (
        cuts.is_converted
        and cuts.last_position - cuts.first_position + 1 <> journeys.touch_count
    )
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
    {% if var('lookback_days') is not none %}
        -- Of a journey as it stands the last one is known whatever its age.
        or (
            (is_example or not is_last)
            {% if var('lookback_unit') == 'calendar_day' %}
                and {{ dbt.datediff(
                    'cast(occurred_at as date)', 'cast(cut_at as date)', 'day'
                ) }} > {{ var('lookback_days') }}
            {% else %}
                and {{ epoch_microseconds('cut_at') }}
                - {{ epoch_microseconds('occurred_at') }}
                > {{ var('lookback_days') * 86400000000 }} + 0.5
            {% endif %}
        )
    {% endif %}
{% if dataset_folder() != 'paths' -%}
    union all
    select
        'whole_instants' as rule,
        kept.cut_key as breach
    from kept
    inner join {{ ref('int_untransformed_touchpoints') }} as touchpoints
        on
            kept.journey_key = touchpoints.journey_key
            and kept.occurred_at = touchpoints.occurred_at
    where kept.is_last and kept.last_position < touchpoints.position
{%- endif %}
