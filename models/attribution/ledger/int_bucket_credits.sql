-- Credit, revenue and refunds by bucket of users, attribution model and campaign.
with

ledger_rows as (

    select
        touchpoints.conversion_key,
        touchpoints.campaign_key,
        credits.attribution_model,
        credits.credit
    from {{ ref('int_attribution_credits') }} as credits
    inner join {{ ref('int_converting_touchpoints') }} as touchpoints
        on
            credits.journey_key = touchpoints.journey_key
            and credits.position = touchpoints.position
    where credits.credit > 0
    union all
    select
        journeys.conversion_key,
        -- No campaign has the key 0.
        0 as campaign_key,
        attribution_models.attribution_model,
        1.0 as credit
    from {{ ref('int_journeys') }} as journeys
    cross join {{ ref('int_attribution_models') }} as attribution_models
    where journeys.untransformed_touch_count = 0

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

users as (

    select * from {{ ref('int_users') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

)

select
    ledger_rows.attribution_model,
    coalesce(campaigns.channel, '{{ unattributed() }}') as channel,
    coalesce(campaigns.campaign, '{{ unattributed() }}') as campaign,
    users.bucket,
    {{ exact_sum('ledger_rows.credit') }} as attributed_conversions,
    {{ exact_sum('ledger_rows.credit * conversions.revenue') }} as attributed_revenue,
    {{ exact_sum('ledger_rows.credit * conversions.refunds') }} as attributed_refunds
from ledger_rows
inner join conversions on ledger_rows.conversion_key = conversions.conversion_key
inner join users on conversions.user_key = users.user_key
left join campaigns on ledger_rows.campaign_key = campaigns.campaign_key
group by 1, 2, 3, 4
union all
-- Refunds without an order.
select
    attribution_models.attribution_model,
    '{{ unattributed() }}' as channel,
    '{{ unattributed() }}' as campaign,
    0 as bucket,
    0 as attributed_conversions,
    0 as attributed_revenue,
    {{ exact_sum('refunds.refund') }} as attributed_refunds
from {{ ref('int_refunds') }} as refunds
cross join {{ ref('int_attribution_models') }} as attribution_models
where refunds.conversion_key is null
group by 1
