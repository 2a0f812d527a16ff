with

shares as (

    select * from {{ ref('int_credit_shares') }}

),

-- Equal shares share the mean of their ranks, as Spearman's correlation asks.
ranked as (

    select
        *,
        {% for share in ['credited', 'true'] -%}
            rank() over (
                partition by grain, basis, attribution_model order by {{ share }}_share
            ) + (
                count(*) over (
                    partition by grain, basis, attribution_model, {{ share }}_share
                ) - 1
            ) / 2.0 as {{ share }}_rank{{ ',' if not loop.last }}
        {% endfor %}
    from shares

),

scored as (

    select
        grain,
        basis,
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
    group by grain, basis, attribution_model

)

select
    attribution_model,
    max(caused_conversions) as caused_conversions,
    {% for basis, prefix in {'statement': '', 'ledger': 'ledger_'}.items() -%}
        {% for grain, name in {'channel': '', 'campaign': 'campaign_'}.items() -%}
            {% for distance in ['total_variation', 'rank_correlation'] -%}
                max(
                    case
                        when grain = '{{ grain }}' and basis = '{{ basis }}'
                            then {{ distance }}
                    end
                ) as {{ prefix }}{{ name }}{{ distance }},
            {% endfor %}
        {%- endfor %}
    {%- endfor %}
from scored
group by attribution_model
