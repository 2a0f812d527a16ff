-- Guards that nothing is lost or counted twice on the way to what BI reads: in the
-- ledger and in each performance mart, attributed conversions and revenue sum, under
-- every model, to the conversions that came in and their revenue. Without it, a join
-- that drops a channel or doubles a row would bend every CPA and ROAS and no single
-- number would tell.
with

actual as (

    select
        count(*) as conversions,
        {{ exact_sum('revenue') }} as revenue,
        (select {{ exact_sum('refund') }} from {{ ref('int_refunds') }}) as refunds
    from {{ ref('fct_conversions') }}

),

attributed as (

    {% for table, conversions in {
        'fct_attribution_credits': 'credit',
        'fct_channel_performance': 'attributed_conversions',
        'fct_campaign_performance': 'attributed_conversions',
        'fct_daily_performance': 'attributed_conversions',
    }.items() %}
        select
            '{{ table }}' as mart,
            attribution_models.attribution_model,
            {{ exact_sum('rows_of_mart.' ~ conversions) }} as conversions,
            {{ exact_sum('rows_of_mart.attributed_revenue') }} as revenue,
            {{ exact_sum(
                'rows_of_mart.attributed_refunds'
                if conversions == 'attributed_conversions' else '0'
            ) }} as refunds
        from {{ ref('int_attribution_models') }} as attribution_models
        left join {{ ref(table) }} as rows_of_mart
            on attribution_models.attribution_model = rows_of_mart.attribution_model
        group by attribution_models.attribution_model
        union all
    {% endfor %}
    select
        'fct_refund_credits' as mart,
        attribution_models.attribution_model,
        actual.conversions,
        actual.revenue,
        {{ exact_sum('refund_credits.attributed_refund') }} as refunds
    from {{ ref('int_attribution_models') }} as attribution_models
    cross join actual
    left join {{ ref('fct_refund_credits') }} as refund_credits
        on attribution_models.attribution_model = refund_credits.attribution_model
    group by attribution_models.attribution_model, actual.conversions, actual.revenue

)

select
    attributed.*,
    actual.conversions as actual_conversions,
    actual.revenue as actual_revenue,
    actual.refunds as actual_refunds
from attributed
cross join actual
where
    {{ is_not_close('attributed.conversions', 'actual.conversions') }}
    or {{ is_not_close('attributed.revenue', 'actual.revenue') }}
    or (
        attributed.mart <> 'fct_attribution_credits'
        and {{ is_not_close('attributed.refunds', 'actual.refunds') }}
    )
