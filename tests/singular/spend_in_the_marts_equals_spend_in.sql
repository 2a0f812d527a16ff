-- Guards that each performance mart holds all spend, once per attribution model.
-- Without it, spend rows doubled by a join, or lost with a channel that nobody
-- converted on, would make channels look dearer or cheaper than they are.
with

actual as (

    select {{ exact_sum('spend') }} as spend
    from {{ ref('stg_spend') }}

),

spent as (

    {% for table in [
        'fct_channel_performance', 'fct_campaign_performance', 'fct_daily_performance',
    ] %}
        select
            '{{ table }}' as mart,
            attribution_models.attribution_model,
            {{ exact_sum('rows_of_mart.spend') }} as spend
        from {{ ref('int_attribution_models') }} as attribution_models
        left join {{ ref(table) }} as rows_of_mart
            on attribution_models.attribution_model = rows_of_mart.attribution_model
        group by attribution_models.attribution_model
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    spent.*,
    actual.spend as actual_spend
from spent
cross join actual
where {{ is_not_close('spent.spend', 'actual.spend') }}
