with

shares as (

    select * from {{ ref('int_credit_shares') }}

),

-- Equal shares share the mean of their ranks, as Spearman's correlation asks.
ranked as (

    select
        *,
        rank() over (partition by grain, attribution_model order by credited_share)
        + (
            count(*) over (partition by grain, attribution_model, credited_share) - 1
        ) / 2.0 as credited_rank,
        rank() over (partition by grain, attribution_model order by true_share)
        + (count(*) over (partition by grain, attribution_model, true_share) - 1) / 2.0
            as true_rank
    from shares

),

scored as (

    select
        grain,
        attribution_model,
        {{ exact_sum('caused_conversions') }} as caused_conversions,
        {{ exact_sum('abs(credited_share - true_share)') }} / 2 as total_variation,
        -- Ranks that are all the same correlate with nothing.
        case
            when
                min(credited_rank) < max(credited_rank)
                and min(true_rank) < max(true_rank)
                then round(corr(credited_rank, true_rank), 12)
        end as rank_correlation
    from ranked
    group by grain, attribution_model

)

select
    attribution_model,
    max(caused_conversions) as caused_conversions,
    max(case when grain = 'channel' then total_variation end) as total_variation,
    max(case when grain = 'channel' then rank_correlation end) as rank_correlation,
    max(case when grain = 'campaign' then total_variation end)
        as campaign_total_variation,
    max(case when grain = 'campaign' then rank_correlation end)
        as campaign_rank_correlation
from scored
group by attribution_model
