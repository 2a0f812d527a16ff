-- What each attribution model says of campaigns. A ledger gives conversions away whole.
-- A model that keeps apart what comes by itself also states what touchpoints caused; of
-- any other model the ledger states it.
with

ledger as (

    select
        attribution_model,
        channel,
        campaign,
        {{ exact_sum('attributed_conversions') }} as conversions
    from {{ ref('int_bucket_credits') }}
    where channel <> '{{ unattributed() }}'
    group by 1, 2, 3

),

effects as (

    select
        'additive_hazard' as attribution_model,
        campaigns.channel,
        campaigns.campaign,
        effects.incremental_conversions as conversions
    from {{ ref('int_additive_hazard_effects') }} as effects
    inner join {{ ref('int_campaigns') }} as campaigns
        on effects.campaign_key = campaigns.campaign_key

),

credited as (

    select
        'ledger' as basis,
        attribution_model,
        channel,
        campaign,
        conversions
    from ledger
    union all
    select
        'incremental' as basis,
        ledger.attribution_model,
        ledger.channel,
        ledger.campaign,
        ledger.conversions
    from ledger
    where
        ledger.attribution_model not in (
            select effects.attribution_model from effects
        )
    union all
    select
        'incremental' as basis,
        attribution_model,
        channel,
        campaign,
        conversions
    from effects

)

select * from credited
