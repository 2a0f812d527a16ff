-- A path has the number of its first journey: the same on every run, and cheap.
with

journeys as (

    select * from {{ ref('int_journey_labels') }}

),

labels as (

    select
        {{ ordered_list('channel_key', 'label_key') }} as channel_keys,
        list(label order by label_key) as names
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
    list_transform(paths.label_keys, k -> labels.channel_keys[k]) as channel_keys,
    array_to_string(
        list_transform(paths.label_keys, k -> labels.names[k]), ' > '
    ) as path
from paths
cross join labels
