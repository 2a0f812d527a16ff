select
    journeys.journey_key,
    paths.path_key,
    journeys.touch_count
from {{ ref('int_journey_labels') }} as journeys
inner join {{ ref('int_paths') }} as paths on journeys.label_keys = paths.label_keys
