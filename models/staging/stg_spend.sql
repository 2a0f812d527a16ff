-- Without a spend table, what the touchpoints cost is the spend.
with

spend as (

    select
        channel,
        campaign,
        spend,
        impressions,
        clicks,
        spend_date
    from {{ decided_rows('spend') }}
    where rejection_reason is null

),

touchpoint_costs as (

    select
        channel,
        campaign,
        {{ exact_sum('cost') }} as spend,
        cast(null as double) as impressions,
        cast(null as double) as clicks,
        cast({{ reporting_time('occurred_at') }} as date) as spend_date
    from {{ ref('stg_touchpoints') }}
    where cost > 0
    group by channel, campaign, cast({{ reporting_time('occurred_at') }} as date)

)

select * from spend
union all
select * from touchpoint_costs
where not exists (select 1 from {{ ref('base_spend') }})
