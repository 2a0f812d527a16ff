-- Pairs and triplets of channels that follow each other directly. A path is read once,
-- however many journeys took it.
with

paths as (

    select * from {{ ref('int_paths') }}

),

outcomes as (

    select * from {{ ref('int_path_outcomes') }}

),

totals as (

    select
        path_key,
        cast(sum(journeys) as bigint) as journeys,
        cast(sum(conversions) as bigint) as conversions,
        -- Null adds nothing, at no cost: few paths convert.
        case when sum(conversions) > 0 then {{ exact_sum('revenue') }} end as revenue
    from outcomes
    group by path_key

),

pairs as (

    select
        path_key,
        channel_keys,
        {{ each_number('touch_count - 1') }} as position
    from paths

),

triplets as (

    select
        path_key,
        channel_keys,
        {{ each_number('touch_count - 2') }} as position
    from paths

),

sequences as (

    select
        path_key,
        {{ list_item('channel_keys', 'position') }} as first_channel_key,
        {{ list_item('channel_keys', 'position + 1') }} as second_channel_key,
        cast(null as bigint) as third_channel_key
    from pairs
    union all
    select
        path_key,
        {{ list_item('channel_keys', 'position') }} as first_channel_key,
        {{ list_item('channel_keys', 'position + 1') }} as second_channel_key,
        {{ list_item('channel_keys', 'position + 2') }} as third_channel_key
    from triplets

),

repeats as (

    select
        path_key,
        first_channel_key,
        second_channel_key,
        third_channel_key,
        count(*) as repeats
    from sequences
    group by path_key, first_channel_key, second_channel_key, third_channel_key

)

select
    repeats.first_channel_key,
    repeats.second_channel_key,
    repeats.third_channel_key,
    case when repeats.third_channel_key is null then 2 else 3 end as sequence_length,
    cast(sum(repeats.repeats * totals.journeys) as bigint) as occurrences,
    cast(sum(totals.journeys) as bigint) as journeys,
    cast(sum(totals.conversions) as bigint) as conversions,
    {{ exact_sum('totals.revenue') }} as revenue
from repeats
inner join totals on repeats.path_key = totals.path_key
group by
    repeats.first_channel_key,
    repeats.second_channel_key,
    repeats.third_channel_key
