-- What a path is made of: channels, or under `frequency` channels with their counts.
{%- set has_counts = 'frequency' in setting('path_transforms') %}
with

channels as (

    select distinct
        channel_key,
        {{ escaped_channel('channel') }} as name
    from {{ ref('int_campaigns') }}

),

labels as (

    select
        channel_key,
        1 as repeats
    from channels
    union
    select
        channel_key,
        repeats
    from {{ ref('int_journey_touchpoints') }}
    where {{ 'true' if has_counts else 'false' }}

)

-- Without counts a label has the number of its channel.
select
    cast(row_number() over (order by labels.channel_key, labels.repeats) as bigint)
        as label_key,
    labels.channel_key,
    labels.repeats,
    {% if has_counts -%}
        channels.name || '(' || cast(labels.repeats as string) || ')' as label
    {%- else -%}
        channels.name as label
    {%- endif %}
from labels
inner join channels on labels.channel_key = channels.channel_key
