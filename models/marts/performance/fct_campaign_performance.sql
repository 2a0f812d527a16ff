select
    channel,
    campaign,
    attribution_model,
    attributed_conversions,
    attributed_conversions_lower,
    attributed_conversions_upper,
    attributed_revenue,
    share,
    spend,
    cpa,
    cpa_lower,
    cpa_upper,
    roas,
    roas_lower,
    roas_upper
from {{ ref('int_performance') }}
where grain = 'campaign'
