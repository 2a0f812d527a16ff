select
    snapshot_key,
    campaign_key,
    count(*) as touch_count
from {{ ref('int_snapshot_touchpoints') }}
where campaign_key is not null
group by snapshot_key, campaign_key
