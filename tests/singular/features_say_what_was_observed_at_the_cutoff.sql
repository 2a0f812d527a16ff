-- Guards what fitted models learn from: a snapshot's features count its touchpoints and
-- no others, by channel and in all, and of one at the very instant they know neither
-- the click nor the cost. Without it, a lost join would starve a model silently, and
-- where conversions are recorded as touchpoints the label itself would be a feature.
with

{% if setting('path_transforms') -%}
    observed as (

        select * from {{ ref('int_observed_touchpoints') }}

    ),
{%- else -%}
    -- Written out here, so that an error there can't hide itself.
    counted as (

        select
            snapshots.snapshot_key,
            snapshots.cutoff_at,
            snapshots.user_key,
            journeys.first_user_position + snapshots.first_position - 2 as skipped,
            {{ each_number('snapshots.last_position - snapshots.first_position + 1') }}
                as position
        from {{ ref('int_journey_snapshots') }} as snapshots
        inner join {{ ref('int_journeys') }} as journeys
            on snapshots.journey_key = journeys.journey_key

    ),

    kept as (

        select
            snapshot_key,
            cutoff_at,
            user_key,
            skipped + position as user_position
        from counted

    ),

    observed as (

        select
            kept.snapshot_key,
            kept.cutoff_at,
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
        snapshot_key,
        count(*) as touch_count,
        count(distinct channel_key) as channel_count,
        sum(
            case
                when
                    occurred_at < cutoff_at
                    and lower(interaction) <> 'impression'
                    then 1
                else 0
            end
        ) as click_count,
        {{ exact_sum(
            'case when occurred_at < cutoff_at then cost end'
        ) }} as cost
    from observed
    where {{ is_model_enabled(snapshot_models()) }}
    group by snapshot_key

),

touched as (

    select
        snapshot_key,
        {{ each_item('channel_keys') }} as channel_key
    from {{ ref('int_snapshot_features') }}

),

by_channel as (

    select
        snapshot_key,
        count(*) as touch_count,
        count(distinct channel_key) as channel_count
    from touched
    group by snapshot_key

)

select
    coalesce(expected.snapshot_key, features.snapshot_key) as snapshot_key,
    expected.touch_count,
    features.touch_count as featured_touch_count,
    by_channel.touch_count as touch_count_by_channel,
    expected.click_count,
    features.click_count as featured_click_count,
    expected.cost,
    features.cost as featured_cost
from expected
full outer join {{ ref('int_snapshot_features') }} as features
    on expected.snapshot_key = features.snapshot_key
left join by_channel on expected.snapshot_key = by_channel.snapshot_key
where
    expected.snapshot_key is null
    or features.snapshot_key is null
    or by_channel.snapshot_key is null
    or expected.touch_count <> features.touch_count
    or expected.touch_count <> by_channel.touch_count
    or expected.channel_count <> features.channel_count
    or expected.channel_count <> by_channel.channel_count
    or expected.click_count <> features.click_count
    or {{ is_not_close('features.cost', 'expected.cost') }}
