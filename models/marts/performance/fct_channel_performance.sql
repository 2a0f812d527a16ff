select
    channel,
    attribution_model,
    attributed_conversions,
    attributed_conversions_lower,
    attributed_conversions_upper,
    attributed_revenue,
    attributed_refunds,
    attributed_net_revenue,
    share,
    cast(touchpoints as bigint) as touchpoints,
    impressions,
    clicks,
    spend,
    cpa,
    cpa_lower,
    cpa_upper,
    roas,
    roas_lower,
    roas_upper
from {{ ref('int_performance') }}
where grain = 'channel'
