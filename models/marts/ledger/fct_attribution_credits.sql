-- Conversions without a touchpoint keep their credit in a row of their own, so that
-- every total equals what came in.
with

credits as (

    select * from {{ ref('int_attribution_credits') }}

),

touchpoints as (

    select * from {{ ref('int_converting_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

attribution_models as (

    select * from {{ ref('int_attribution_models') }}

),

untouched as (

    select conversion_key
    from {{ ref('int_journeys') }}
    where untransformed_touch_count = 0

),

attributed as (

    select
        conversions.conversion_id,
        touchpoints.touchpoint_id,
        'c-' || conversions.conversion_id as journey_id,
        conversions.user_id,
        credits.attribution_model,
        campaigns.channel,
        campaigns.campaign,
        touchpoints.position,
        touchpoints.touch_count,
        credits.credit,
        credits.credit * conversions.revenue as attributed_revenue,
        touchpoints.occurred_at as touched_at,
        conversions.converted_at
    from credits
    inner join touchpoints
        on
            credits.journey_key = touchpoints.journey_key
            and credits.position = touchpoints.position
    inner join conversions on touchpoints.conversion_key = conversions.conversion_key
    inner join campaigns on touchpoints.campaign_key = campaigns.campaign_key

),

unattributed as (

    select
        conversions.conversion_id,
        cast(null as string) as touchpoint_id,
        'c-' || conversions.conversion_id as journey_id,
        conversions.user_id,
        attribution_models.attribution_model,
        '{{ unattributed() }}' as channel,
        '{{ unattributed() }}' as campaign,
        cast(null as bigint) as position,
        cast(0 as bigint) as touch_count,
        cast(1 as double) as credit,
        conversions.revenue as attributed_revenue,
        cast(null as timestamp) as touched_at,
        conversions.converted_at
    from untouched
    inner join conversions on untouched.conversion_key = conversions.conversion_key
    cross join attribution_models

)

select * from attributed
union all
select * from unattributed
