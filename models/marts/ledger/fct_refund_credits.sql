-- A refund takes back what its conversion earned, from the touchpoints that earned it.
with

refunds as (

    select * from {{ ref('int_refunds') }}

),

credits as (

    select * from {{ ref('fct_attribution_credits') }}
    where credit > 0

),

of_orders as (

    select
        refunds.refund_id,
        credits.conversion_id,
        credits.touchpoint_id,
        credits.attribution_model,
        credits.channel,
        credits.campaign,
        refunds.refund * credits.credit as attributed_refund,
        refunds.refunded_at
    from refunds
    inner join credits on refunds.conversion_id = credits.conversion_id

),

without_order as (

    select
        refunds.refund_id,
        cast(null as string) as conversion_id,
        cast(null as string) as touchpoint_id,
        attribution_models.attribution_model,
        '{{ unattributed() }}' as channel,
        '{{ unattributed() }}' as campaign,
        refunds.refund as attributed_refund,
        refunds.refunded_at
    from refunds
    cross join {{ ref('int_attribution_models') }} as attribution_models
    where refunds.conversion_id is null

)

select * from of_orders
union all
select * from without_order
