-- Attribution models' shares of conversions beside the true shares of what touchpoints
-- caused, by channel and by campaign. Empty unless the input carries the truth.
with

truth as (

    select * from {{ ref('stg_truth') }}

),

touchpoints as (

    select * from {{ ref('stg_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

caused as (

    select
        touchpoints.channel,
        touchpoints.campaign,
        count(*) as conversions
    from truth
    inner join conversions on truth.conversion_id = conversions.conversion_id
    inner join touchpoints on truth.touchpoint_id = touchpoints.touchpoint_id
    group by 1, 2

),

credited as (

    select * from {{ ref('int_credited_conversions') }}

),

bases as (

    select distinct basis from credited

),

campaigns as (

    select
        bases.basis,
        attribution_models.attribution_model,
        campaigns.channel,
        campaigns.campaign
    from {{ ref('int_campaigns') }} as campaigns
    cross join {{ ref('int_attribution_models') }} as attribution_models
    cross join bases

),

{% for grain, name in {
    'channel': 'campaigns.channel',
    'campaign': "campaigns.channel || ' / ' || campaigns.campaign",
}.items() %}
    by_{{ grain }} as (

        select
            '{{ grain }}' as grain,
            campaigns.basis,
            campaigns.attribution_model,
            {{ name }} as name,
            {{ exact_sum('credited.conversions') }} as credited_conversions,
            {{ exact_sum('caused.conversions') }} as incremental_conversions
        from campaigns
        left join credited
            on
                campaigns.basis = credited.basis
                and campaigns.attribution_model = credited.attribution_model
                and campaigns.channel = credited.channel
                and campaigns.campaign = credited.campaign
        left join caused
            on
                campaigns.channel = caused.channel
                and campaigns.campaign = caused.campaign
        group by 1, 2, 3, 4

    ),
{% endfor %}

unioned as (

    select * from by_channel
    union all
    select * from by_campaign

),

totals as (

    select
        grain,
        basis,
        attribution_model,
        nullif({{ exact_sum('credited_conversions') }}, 0) as credited_conversions,
        {{ exact_sum('incremental_conversions') }} as incremental_conversions
    from unioned
    group by 1, 2, 3

)

select
    unioned.grain,
    unioned.basis,
    unioned.attribution_model,
    unioned.name,
    unioned.incremental_conversions,
    unioned.credited_conversions / totals.credited_conversions as credited_share,
    unioned.incremental_conversions / totals.incremental_conversions as true_share
from unioned
inner join totals
    on
        unioned.grain = totals.grain
        and unioned.basis = totals.basis
        and unioned.attribution_model = totals.attribution_model
where totals.incremental_conversions > 0
