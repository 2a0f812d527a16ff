-- A path has the number of its first journey: the same on every run, and cheap.
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
        min(journey_key) as path_key,
        max(touch_count) as touch_count
    from journeys
    group by label_keys

)

select
    paths.path_key,
    paths.touch_count,
    paths.label_keys,
    {{ items_at('labels.channel_keys', 'paths.label_keys') }} as channel_keys,
    {{ joined_text(items_at('labels.names', 'paths.label_keys'), ' > ') }} as path
from paths
cross join labels
