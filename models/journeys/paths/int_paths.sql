-- The key of a path comes of its text alone.
with

journeys as (

    select * from {{ ref('int_journey_labels') }}

),

labels as (

    select
        {{ ordered_list('channel_key', 'label_key') }} as channel_keys,
        {{ ordered_texts('label', 'label_key') }} as names
    from {{ ref('int_path_labels') }}

),

paths as (

    select
        label_keys,
        max(touch_count) as touch_count
    from journeys
    group by label_keys

),

named as (

    select
        paths.touch_count,
        paths.label_keys,
        {{ items_at('labels.channel_keys', 'paths.label_keys') }} as channel_keys,
        {{ joined_text(items_at('labels.names', 'paths.label_keys'), ' > ') }} as path
    from paths
    cross join labels

)

select
    {{ key_of('path') }} as path_key,
    touch_count,
    label_keys,
    channel_keys,
    path
from named
