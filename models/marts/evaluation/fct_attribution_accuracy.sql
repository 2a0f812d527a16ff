with

shares as (

    select * from {{ ref('int_credit_shares') }}

),

-- Equal shares share the mean of their ranks, as Spearman's correlation asks.
ranked as (

    select
        *,
        rank()
            over (partition by grain, basis, attribution_model order by credited_share)
        + (
            count(*)
                over (partition by grain, basis, attribution_model, credited_share)
            - 1
        ) / 2.0 as credited_rank,
        rank()
            over (partition by grain, basis, attribution_model order by true_share)
        + (
            count(*) over (partition by grain, basis, attribution_model, true_share)
            - 1
        ) / 2.0 as true_rank
    from shares

),

scored as (

    select
        basis || ' by ' || grain as kind,
        attribution_model,
        {{ exact_sum('incremental_conversions') }} as incremental_conversions,
        -- Who gives touchpoints nothing has no shares that could be near the truth.
        case
            when count(credited_share) > 0
                then {{ exact_sum('abs(credited_share - true_share)') }} / 2
            else 1
        end as total_variation,
        -- Ranks that are all the same correlate with nothing.
        case
            when
                min(credited_rank) < max(credited_rank)
                and min(true_rank) < max(true_rank)
                then round(corr(credited_rank, true_rank), 12)
        end as rank_correlation
    from ranked
    group by grain, basis, attribution_model

)

select
    attribution_model,
    max(incremental_conversions) as incremental_conversions,
    max(case when kind = 'incremental by channel' then total_variation end)
        as total_variation,
    max(case when kind = 'incremental by channel' then rank_correlation end)
        as rank_correlation,
    max(case when kind = 'incremental by campaign' then total_variation end)
        as campaign_total_variation,
    max(case when kind = 'incremental by campaign' then rank_correlation end)
        as campaign_rank_correlation,
    max(case when kind = 'ledger by channel' then total_variation end)
        as ledger_total_variation,
    max(case when kind = 'ledger by channel' then rank_correlation end)
        as ledger_rank_correlation,
    max(case when kind = 'ledger by campaign' then total_variation end)
        as ledger_campaign_total_variation,
    max(case when kind = 'ledger by campaign' then rank_correlation end)
        as ledger_campaign_rank_correlation
from scored
group by attribution_model
