-- The rules of docs/journeys.md.
{%- set first = setting('position_based_weights').first -%}
{%- set last = setting('position_based_weights').last -%}
{%- set w = setting('w_shaped_weights') -%}
{%- set position_based = split_remainder(
    weights={'position = 1': first, 'position = touch_count': last},
    has_role='position in (1, touch_count)',
    roles='least(touch_count, 2)'
) -%}
{%- set w_shaped = split_remainder(
    weights={
        'position = 1': w.first,
        'position = milestone_position': w.milestone,
        'position = touch_count': w.last,
    },
    has_role='position in (1, milestone_position, touch_count)',
    roles='least(touch_count, 2)
        + case when milestone_position in (1, touch_count) then 0 else 1 end'
) -%}
{%- set rules = {
    'first_touch': 'case when position = 1 then 1.0 else 0.0 end',
    'last_touch': 'case when position = touch_count then 1.0 else 0.0 end',
    'last_non_direct':
        'case when position = coalesce(last_non_direct_position, touch_count)'
        ~ ' then 1.0 else 0.0 end',
    'linear': '1e0 / touch_count',
    'linear_unique': '1e0 / channel_count / channel_touch_count',
    'shapley_simplified': '1e0 / channel_count / channel_touch_count',
    'time_decay': decay('occurred_at', 'last_touched_at') ~ ' / total_decay',
    'position_based': position_based,
    'w_shaped':
        'case when milestone_position is null then ' ~ position_based
        ~ ' else ' ~ w_shaped ~ ' end',
} %}
with

touchpoints as (

    select * from {{ ref('int_converting_touchpoints') }}

),

facts as (

    select * from {{ ref('int_journey_facts') }}

),

known as (

    select
        touchpoints.journey_key,
        touchpoints.position,
        touchpoints.touch_count,
        touchpoints.occurred_at,
        facts.last_touched_at,
        facts.channel_count,
        facts.last_non_direct_position,
        facts.milestone_position,
        facts.total_decay,
        count(*) over (
            partition by touchpoints.journey_key, touchpoints.channel_key
        ) as channel_touch_count
    from touchpoints
    inner join facts on touchpoints.journey_key = facts.journey_key

),

credits as (

    {% for name in setting('attribution_models') if name in rules %}
        select
            journey_key,
            position,
            '{{ name }}' as attribution_model,
            cast({{ rules[name] }} as double) as credit
        from known
        union all
    {% endfor %}
    select
        cast(null as bigint) as journey_key,
        cast(null as bigint) as position,
        cast(null as string) as attribution_model,
        cast(null as double) as credit
    where false

)

select
    journey_key,
    position,
    attribution_model,
    credit
from credits
