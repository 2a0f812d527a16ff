select
    cut_key,
    channel_key,
    count(*) as touch_count
from {{ ref('int_cut_touchpoints') }}
group by cut_key, channel_key
