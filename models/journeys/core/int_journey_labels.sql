-- depends_on: {{ ref('int_path_labels') }}
-- The path of each journey as a list of integers: text is made once a path, not once a
-- journey.
with

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

labelled as (

    {% if 'frequency' in setting('path_transforms') -%}
        select
            touchpoints.journey_key,
            touchpoints.position,
            labels.label_key
        from touchpoints
        inner join {{ ref('int_path_labels') }} as labels
            on
                touchpoints.channel_key = labels.channel_key
                and touchpoints.repeats = labels.repeats
    {%- else -%}
        -- Channels are numbered without gaps, and so are their labels.
        select
            journey_key,
            position,
            channel_key as label_key
        from touchpoints
    {%- endif %}

)

select
    journey_key,
    count(*) as touch_count,
    {{ ordered_list('label_key', 'position') }} as label_keys
from labelled
group by journey_key
