select
    cut_key,
    campaign_key,
    count(*) as touch_count
from {{ ref('int_cut_touchpoints') }}
where campaign_key is not null
group by cut_key, campaign_key
