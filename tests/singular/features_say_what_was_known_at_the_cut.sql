-- Guards what fitted models learn from: a cut's features count its touchpoints and no
-- others, by channel and in all, and of one at the very instant they know neither the
-- click nor the cost. Without it, a lost join would starve a model silently, and
-- where conversions are recorded as touchpoints the label itself would be a feature.
with

{% if setting('path_transforms') -%}
    known as (

        select * from {{ ref('int_observed_touchpoints') }}

    ),
{%- else -%}
    -- Written out here, so that an error there can't hide itself.
    counted as (

        select
            cuts.cut_key,
            cuts.cut_at,
            cuts.user_key,
            journeys.first_user_position + cuts.first_position - 2 as skipped,
            {{ each_number('cuts.last_position - cuts.first_position + 1') }} as place
        from {{ ref('int_journey_cuts') }} as cuts
        inner join {{ ref('int_journeys') }} as journeys
            on cuts.journey_key = journeys.journey_key

    ),

    kept as (

        select
            cut_key,
            cut_at,
            user_key,
            skipped + place as user_position
        from counted

    ),

    known as (

        select
            kept.cut_key,
            kept.cut_at,
            touchpoints.channel_key,
            touchpoints.interaction,
            touchpoints.cost,
            touchpoints.occurred_at
        from kept
        inner join {{ ref('int_touchpoints') }} as touchpoints
            on
                kept.user_key = touchpoints.user_key
                and kept.user_position = touchpoints.user_position

    ),
{%- endif %}

expected as (

    select
        cut_key,
        count(*) as touch_count,
        count(distinct channel_key) as channel_count,
        sum(
            case
                when
                    occurred_at < cut_at
                    and lower(interaction) <> 'impression'
                    then 1
                else 0
            end
        ) as click_count,
        {{ exact_sum(
            'case when occurred_at < cut_at then cost end'
        ) }} as cost
    from known
    where {{ any_asked_for(cut_models()) }}
    group by cut_key

),

by_channel as (

    select
        cut_key,
        sum(touch_count) as touch_count,
        count(*) as channel_count
    from {{ ref('int_cut_channels') }}
    group by cut_key

)

select
    coalesce(expected.cut_key, features.cut_key) as cut_key,
    expected.touch_count,
    features.touch_count as featured_touch_count,
    by_channel.touch_count as touch_count_by_channel,
    expected.click_count,
    features.click_count as featured_click_count,
    expected.cost,
    features.cost as featured_cost
from expected
full outer join {{ ref('int_cut_features') }} as features
    on expected.cut_key = features.cut_key
left join by_channel on expected.cut_key = by_channel.cut_key
where
    expected.cut_key is null
    or features.cut_key is null
    or by_channel.cut_key is null
    or expected.touch_count <> features.touch_count
    or expected.touch_count <> by_channel.touch_count
    or expected.channel_count <> features.channel_count
    or expected.channel_count <> by_channel.channel_count
    or expected.click_count <> features.click_count
    or {{ differs('features.cost', 'expected.cost') }}
