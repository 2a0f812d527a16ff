-- depends_on: {{ ref('int_journey_touchpoints') }}
-- What a path is made of: channels, or under `frequency` channels with their counts.
with

channels as (

    select distinct
        channel_key,
        {{ escaped_channel('channel') }} as name
    from {{ ref('int_campaigns') }}

),

{% if 'frequency' in setting('path_transforms') -%}
    counted as (

        select distinct
            channel_key,
            repeats
        from {{ ref('int_journey_touchpoints') }}

    ),

    labels as (

        select
            counted.channel_key,
            counted.repeats,
            channels.name || '(' || cast(counted.repeats as string) || ')' as label
        from counted
        inner join channels on counted.channel_key = channels.channel_key

    )
{%- else -%}
    labels as (

        select
            channel_key,
            1 as repeats,
            name as label
        from channels

    )
{%- endif %}

select
    cast(row_number() over (order by channel_key, repeats) as bigint) as label_key,
    channel_key,
    repeats,
    label
from labels
