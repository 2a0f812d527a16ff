select
    snapshot_key,
    channel_key,
    count(*) as touch_count
from {{ ref('int_snapshot_touchpoints') }}
group by snapshot_key, channel_key
