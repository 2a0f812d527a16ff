-- Guards that the text of a path tells the same story as its journey's touch_count.
-- Marks within a channel's name are escaped, so that ` > ` only stands between two
-- channels. Without it, a path that lost its order or its tail would be counted as
-- another path, and the journeys of both would get the wrong conversion rate.
select
    journey_id,
    path,
    touch_count
from {{ ref('fct_journeys') }}
where
    touch_count <> case
        when path is null then 0
        else (length(path) - length(replace(path, ' > ', ''))) / 3 + 1
    end
