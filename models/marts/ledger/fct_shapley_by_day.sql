{{ config(
    materialized=(
        'incremental' if var('shapley_by_day_output') == 'append' else 'table'
    ),
    incremental_strategy='delete+insert',
    unique_key='as_of',
    pre_hook="{% if is_incremental() %}delete from {{ this }}
        where as_of = timestamp '{{ var('as_of') }}'{% endif %}",
    on_schema_change='fail',
) }}

-- What the touchpoints of a channel add to the probability of conversion, by how many
-- days before the conversion they were. A run that appends replaces the rows of its own
-- `as_of` alone; the hook does so where it has none.
with

shapley_values as (

    select * from {{ ref('int_lstm_shapley_values') }}
    where shapley_value is not null

),

touchpoints as (

    select * from {{ ref('int_credited_touchpoints') }}

),

channels as (

    select distinct
        channel_key,
        channel
    from {{ ref('int_campaigns') }}

),

by_day as (

    select
        channels.channel,
        cast(floor(touchpoints.days_before_cutoff) as bigint) as days_before_conversion,
        count(*) as touchpoints,
        {{ exact_sum('shapley_values.shapley_value') }} as shapley_value
    from shapley_values
    inner join touchpoints
        on
            shapley_values.journey_key = touchpoints.journey_key
            and shapley_values.position = touchpoints.position
    inner join channels on touchpoints.channel_key = channels.channel_key
    group by 1, 2

),

total as (

    select {{ exact_sum('shapley_value') }} as shapley_value from by_day

),

shared as (

    select
        by_day.channel,
        timestamp '{{ var('as_of') }}' as as_of,
        by_day.days_before_conversion,
        by_day.touchpoints,
        by_day.shapley_value,
        -- Of nothing, or of less, there are no shares.
        case
            when total.shapley_value > 0 then by_day.shapley_value / total.shapley_value
        end as share
    from by_day
    cross join total

)

select * from shared
