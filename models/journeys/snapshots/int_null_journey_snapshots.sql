-- What each journey that drew a moment is known by: then, and as it stands with all
-- that came later.
with

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

draws as (

    select * from {{ ref('int_risk_set_samples') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

bounds as (

    select * from {{ ref('int_snapshot_bounds') }}

),

ends as (

    select
        draws.journey_key,
        draws.weight,
        draws.converts_later,
        draws.is_open,
        draws.current_at,
        draws.at_risk_until,
        journeys.untransformed_touch_count as touch_count,
        journeys.started_at,
        journeys.last_touched_at,
        bounds.last_position,
        bounds.last_kept_at,
        bounds.drawn_at,
        bounds.earlier_journey_key,
        bounds.carried_over_touch_count,
        bounds.carried_over_started_at
    from draws
    inner join journeys on draws.journey_key = journeys.journey_key
    inner join bounds on draws.journey_key = bounds.journey_key

),

-- Few journeys reach back beyond the lookback.
starts as (

    select
        ends.journey_key,
        {% for snapshot in ['drawn', 'current'] -%}
            {% for value in ['position', 'occurred_at'] -%}
                min(
                    case
                        when
                            {{ in_lookback(
                                'touchpoints.occurred_at', 'ends.' ~ snapshot ~ '_at'
                            ) }}
                            then touchpoints.{{ value }}
                    end
                ) as {{ snapshot }}_{{ value }}
                {%- if not loop.last %},{% endif %}
            {% endfor %}
            {%- if not loop.last %},{% endif %}
        {% endfor %}
    from ends
    inner join touchpoints on ends.journey_key = touchpoints.journey_key
    where
        not (
            {{ in_lookback('ends.started_at', 'ends.drawn_at') }}
            and {{ in_lookback('ends.started_at', 'ends.current_at') }}
        )
    group by ends.journey_key

)

-- Where all are older than the lookback, the last one is still known.
select
    ends.journey_key,
    ends.weight,
    ends.converts_later,
    ends.is_open,
    ends.earlier_journey_key,
    case
        when ends.earlier_journey_key is not null then 1 - ends.carried_over_touch_count
        when starts.journey_key is null then cast(1 as bigint)
        else coalesce(starts.drawn_position, ends.last_position)
    end as first_position,
    ends.last_position,
    case
        when starts.journey_key is null then cast(1 as bigint)
        else coalesce(starts.current_position, ends.touch_count)
    end as current_first_position,
    ends.touch_count as current_last_position,
    case
        when ends.earlier_journey_key is not null then ends.carried_over_started_at
        when starts.journey_key is null then ends.started_at
        else coalesce(starts.drawn_occurred_at, ends.last_kept_at)
    end as started_at,
    ends.last_kept_at as last_touched_at,
    case
        when starts.journey_key is null then ends.started_at
        else coalesce(starts.current_occurred_at, ends.last_touched_at)
    end as current_started_at,
    ends.last_touched_at as current_last_touched_at,
    ends.drawn_at,
    ends.current_at,
    ends.at_risk_until
from ends
left join starts on ends.journey_key = starts.journey_key
