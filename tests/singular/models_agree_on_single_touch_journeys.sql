-- Guards that a lone touchpoint earns the whole conversion under every attribution
-- model: there is nothing to split. Without it, a model that mixes up journeys, or that
-- looks at positions which don't exist, could still sum to 1 over a conversion.
with

single_touch as (

    select conversion_id
    from {{ ref('fct_conversions') }}
    where touch_count = 1

)

select
    credits.conversion_id,
    count(distinct credits.touchpoint_id) as touchpoints,
    min(credits.credit) as least_credit,
    max(credits.credit) as greatest_credit
from {{ ref('fct_attribution_credits') }} as credits
inner join single_touch on credits.conversion_id = single_touch.conversion_id
group by credits.conversion_id
having
    count(distinct credits.touchpoint_id) <> 1
    or {{ is_not_close('min(credits.credit)', 1) }}
    or {{ is_not_close('max(credits.credit)', 1) }}
