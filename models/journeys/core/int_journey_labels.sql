-- The path of each journey as a list of integers: text is made once a path, not once a
-- journey.
with

touchpoints as (

    select * from {{ ref('int_journey_touchpoints') }}

),

labels as (

    select * from {{ ref('int_path_labels') }}

)

select
    touchpoints.journey_key,
    count(*) as touch_count,
    {{ ordered_list('labels.label_key', 'touchpoints.position') }} as label_keys
from touchpoints
inner join labels
    on
        touchpoints.channel_key = labels.channel_key
        and touchpoints.repeats = labels.repeats
group by touchpoints.journey_key
