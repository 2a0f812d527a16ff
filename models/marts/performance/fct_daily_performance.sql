-- Credit counts on the day of the conversion; spend, touchpoints and refunds on their
-- own day.
with

attribution_models as (

    select * from {{ ref('int_attribution_models') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

touchpoints as (

    select
        cast({{ reporting_time('touchpoints.occurred_at') }} as date)
            as performance_date,
        campaigns.channel,
        campaigns.campaign,
        count(*) as touchpoints
    from {{ ref('int_touchpoints') }} as touchpoints
    inner join campaigns on touchpoints.campaign_key = campaigns.campaign_key
    group by 1, 2, 3

),

spend as (

    select
        spend_date as performance_date,
        channel,
        campaign,
        {{ exact_sum('spend') }} as spend
    from {{ ref('stg_spend') }}
    group by 1, 2, 3

),

earned as (

    select
        cast({{ reporting_time('converted_at') }} as date) as performance_date,
        channel,
        campaign,
        attribution_model,
        {{ exact_sum('credit') }} as attributed_conversions,
        {{ exact_sum('attributed_revenue') }} as attributed_revenue
    from {{ ref('fct_attribution_credits') }}
    where credit > 0
    group by 1, 2, 3, 4

),

refunded as (

    select
        cast({{ reporting_time('refunded_at') }} as date) as performance_date,
        channel,
        campaign,
        attribution_model,
        {{ exact_sum('attributed_refund') }} as attributed_refunds
    from {{ ref('fct_refund_credits') }}
    group by 1, 2, 3, 4

),

days as (

    {% for name in ['touchpoints', 'spend', 'earned', 'refunded'] -%}
        select
            performance_date,
            channel,
            campaign
        from {{ name }}
        {% if not loop.last %}union{% endif %}
    {% endfor %}

)

select
    days.performance_date,
    days.channel,
    days.campaign,
    attribution_models.attribution_model,
    coalesce(touchpoints.touchpoints, 0) as touchpoints,
    coalesce(spend.spend, 0) as spend,
    coalesce(earned.attributed_conversions, 0) as attributed_conversions,
    coalesce(earned.attributed_revenue, 0) as attributed_revenue,
    coalesce(refunded.attributed_refunds, 0) as attributed_refunds,
    coalesce(earned.attributed_revenue, 0) - coalesce(refunded.attributed_refunds, 0)
        as attributed_net_revenue
from days
cross join attribution_models
left join touchpoints
    on
        days.performance_date = touchpoints.performance_date
        and days.channel = touchpoints.channel
        and days.campaign = touchpoints.campaign
left join spend
    on
        days.performance_date = spend.performance_date
        and days.channel = spend.channel
        and days.campaign = spend.campaign
left join earned
    on
        days.performance_date = earned.performance_date
        and days.channel = earned.channel
        and days.campaign = earned.campaign
        and attribution_models.attribution_model = earned.attribution_model
left join refunded
    on
        days.performance_date = refunded.performance_date
        and days.channel = refunded.channel
        and days.campaign = refunded.campaign
        and attribution_models.attribution_model = refunded.attribution_model
