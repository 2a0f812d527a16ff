-- What a journey as a whole is known by at a cutoff. Times are measured back from its
-- last touchpoint: where conversions are recorded as touchpoints, a converting journey
-- ends with one, and the time from there to the snapshot would be the label.
with

touchpoints as (

    select
        *,
        {{ epoch_microseconds('occurred_at') }} as microsecond
    from {{ ref('int_snapshot_touchpoints') }}

),

totals as (

    select
        snapshot_key,
        max(touch_count) as touch_count,
        sum(case when is_click then 1 else 0 end) as click_count,
        {{ exact_sum('cost') }} as cost,
        max(case when position = 1 then channel_key end) as first_channel_key,
        max(case when position = touch_count then channel_key end) as last_channel_key,
        max(case when position = touch_count then campaign_key end)
            as last_campaign_key,
        {{ ordered_list('channel_key', 'position') }} as channel_keys,
        {{ ordered_list('coalesce(campaign_key, 0)', 'position') }} as campaign_keys,
        min(microsecond) as first_microsecond,
        max(case when position = touch_count - 1 then microsecond end)
            as previous_microsecond,
        max(microsecond) as last_microsecond
    from touchpoints
    group by snapshot_key

),

-- Where there is one touchpoint alone, it is the last.
recent as (

    select
        touchpoints.snapshot_key,
        sum(
            case
                when
                    totals.last_microsecond - touchpoints.microsecond <= 86400000000
                    then 1
                else 0
            end
        ) as last_day_touch_count,
        sum(
            case
                when
                    totals.last_microsecond - touchpoints.microsecond <= 604800000000
                    then 1
                else 0
            end
        ) as last_week_touch_count
    from touchpoints
    inner join totals on touchpoints.snapshot_key = totals.snapshot_key
    where touchpoints.touch_count > 1
    group by touchpoints.snapshot_key

)

select
    totals.snapshot_key,
    totals.first_channel_key,
    totals.last_channel_key,
    totals.last_campaign_key,
    totals.touch_count,
    {{ list_length(distinct_items('totals.channel_keys')) }} as channel_count,
    cast(totals.click_count as bigint) as click_count,
    cast(coalesce(recent.last_day_touch_count, 1) as bigint) as last_day_touch_count,
    cast(coalesce(recent.last_week_touch_count, 1) as bigint)
        as last_week_touch_count,
    totals.cost,
    (totals.last_microsecond - totals.first_microsecond) / 86400000000e0 as span_days,
    coalesce(
        (totals.last_microsecond - totals.first_microsecond)
        / 86400000000e0
        / nullif(totals.touch_count - 1, 0),
        0
    ) as mean_gap_days,
    coalesce(
        (totals.last_microsecond - totals.previous_microsecond) / 86400000000e0, 0
    ) as last_gap_days,
    totals.channel_keys,
    totals.campaign_keys
from totals
left join recent on totals.snapshot_key = recent.snapshot_key
