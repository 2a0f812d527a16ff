-- Guards that the marts of effects by channel share out all conversions with a
-- touchpoint, and all of their revenue, no more and no less. Without it, a channel that
-- a join doubled or lost would carry its part with it, and the shares of the others
-- would look as sound as before.
with

actual as (

    select
        count(*) as conversions,
        {{ exact_sum('revenue') }} as revenue
    from {{ ref('fct_conversions') }}
    where is_attributed

),

attributed as (

    {% for attribution_model, table in {
        'markov': 'fct_markov_removal_effects',
        'shapley': 'fct_shapley_values',
    }.items() %}
        select
            attribution_models.attribution_model,
            {{ exact_sum('rows_of_mart.attributed_conversions') }} as conversions,
            {{ exact_sum('rows_of_mart.attributed_revenue') }} as revenue
        from {{ ref('int_attribution_models') }} as attribution_models
        left join {{ ref(table) }} as rows_of_mart on true
        where attribution_models.attribution_model = '{{ attribution_model }}'
        group by attribution_models.attribution_model
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    attributed.*,
    actual.conversions as actual_conversions,
    actual.revenue as actual_revenue
from attributed
cross join actual
where
    {{ is_not_close('attributed.conversions', 'actual.conversions') }}
    or {{ is_not_close('attributed.revenue', 'actual.revenue') }}
