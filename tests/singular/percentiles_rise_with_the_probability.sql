-- Guards that among users with an open journey a higher percentile means a higher
-- probability, and that it is the share of these users whose probability is no higher.
-- Without it, who takes the best twentieth might take others, or many more.
with

steps as (

    select
        fitted_model,
        percentile,
        count(*) as users,
        min(conversion_probability) as lowest,
        max(conversion_probability) as highest
    from {{ ref('fct_user_propensity') }}
    where is_open
    group by fitted_model, percentile

),

beside as (

    select
        *,
        lag(highest) over (
            partition by fitted_model order by percentile
        ) as highest_below,
        1e0
        * sum(users) over (partition by fitted_model order by percentile)
        / sum(users) over (partition by fitted_model) as share
    from steps

)

select *
from beside
where
    percentile is null
    or highest_below >= lowest
    or abs(percentile - share) > 1e-9
union all
select
    fitted_model,
    percentile,
    cast(null as bigint) as users,
    cast(null as double) as lowest,
    cast(null as double) as highest,
    cast(null as double) as highest_below,
    cast(null as double) as share
from {{ ref('fct_user_propensity') }}
where not is_open and percentile is not null
