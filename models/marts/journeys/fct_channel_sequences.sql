with

sequences as (

    select * from {{ ref('int_channel_sequences') }}

),

touch_counts as (

    select * from {{ ref('fct_journey_lengths') }}
    where measure = 'touch_count'

),

channels as (

    select distinct
        channel_key,
        channel,
        {{ escaped_channel('channel') }} as name
    from {{ ref('int_campaigns') }}

),

totals as (

    select
        sequence_length,
        cast(sum(occurrences) as double) as occurrences
    from sequences
    group by sequence_length

),

-- How the journeys convert that have room for a sequence of this length.
rates as (

    select
        totals.sequence_length,
        sum(touch_counts.conversions) / cast(sum(touch_counts.journeys) as double)
            as conversion_rate
    from totals
    inner join touch_counts on totals.sequence_length <= touch_counts.value
    group by totals.sequence_length

),

{% for ordinal in ['first', 'second', 'third'] -%}
    {{ ordinal }}_positions as (

        select
            sequences.sequence_length,
            channels.channel_key,
            min(channels.channel) as channel,
            min(channels.name) as name,
            sum(sequences.occurrences) / min(totals.occurrences) as share
        from sequences
        inner join totals on sequences.sequence_length = totals.sequence_length
        inner join channels
            on sequences.{{ ordinal }}_channel_key = channels.channel_key
        group by sequences.sequence_length, channels.channel_key

    ),

{% endfor -%}
compared as (

    select
        sequences.*,
        first_positions.channel as first_channel,
        second_positions.channel as second_channel,
        third_positions.channel as third_channel,
        first_positions.name || ' > ' || second_positions.name
        || coalesce(' > ' || third_positions.name, '') as sequence,
        sequences.conversions / cast(sequences.journeys as double) as conversion_rate,
        -- If each position took its channel regardless of the other positions.
        totals.occurrences * first_positions.share * second_positions.share
        * coalesce(third_positions.share, 1) as expected_occurrences
    from sequences
    inner join totals on sequences.sequence_length = totals.sequence_length
    inner join first_positions
        on
            sequences.sequence_length = first_positions.sequence_length
            and sequences.first_channel_key = first_positions.channel_key
    inner join second_positions
        on
            sequences.sequence_length = second_positions.sequence_length
            and sequences.second_channel_key = second_positions.channel_key
    left join third_positions
        on
            sequences.sequence_length = third_positions.sequence_length
            and sequences.third_channel_key = third_positions.channel_key

)

select
    compared.sequence,
    compared.first_channel,
    compared.second_channel,
    compared.third_channel,
    cast(compared.sequence_length as bigint) as sequence_length,
    compared.occurrences,
    compared.journeys,
    compared.conversions,
    compared.revenue,
    compared.conversion_rate,
    compared.conversion_rate / nullif(rates.conversion_rate, 0) as conversion_lift,
    compared.expected_occurrences,
    compared.occurrences / compared.expected_occurrences as lift
from compared
inner join rates on compared.sequence_length = rates.sequence_length
