-- Guards that a touchpoint earns credit only for a conversion that it preceded, within
-- the lookback. The condition is written out here rather than taken from the macro that
-- built the journeys, so that an error there can't hide itself. Without it, contacts
-- after the purchase, or from long before, would quietly earn.
with

touchpoints as (

    select
        journey_key,
        conversion_key,
        touchpoint_id,
        occurred_at
    from {{ ref('int_journey_touchpoints') }}
    where conversion_key is not null

)

select
    touchpoints.journey_key,
    touchpoints.touchpoint_id,
    touchpoints.occurred_at,
    conversions.converted_at
from touchpoints
inner join {{ ref('int_conversions') }} as conversions
    on touchpoints.conversion_key = conversions.conversion_key
where
    touchpoints.occurred_at > conversions.converted_at
    {% if var('lookback_days') is not none %}
        {% if var('lookback_unit') == 'calendar_day' %}
            or {{ dbt.datediff(
                'cast(' ~ reporting_time('touchpoints.occurred_at') ~ ' as date)',
                'cast(' ~ reporting_time('conversions.converted_at') ~ ' as date)',
                'day'
            ) }} > {{ var('lookback_days') }}
        {% else %}
            -- Times are whole microseconds, so half of one is neither in nor out.
            or {{ epoch_microseconds('conversions.converted_at') }}
            - {{ epoch_microseconds('touchpoints.occurred_at') }}
            > {{ var('lookback_days') * 86400000000 }} + 0.5
        {% endif %}
    {% endif %}
