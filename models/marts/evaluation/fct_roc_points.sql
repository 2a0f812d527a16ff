with

points as (

    select
        fitted_model,
        split,
        {{ each_item('curve') }} as point
    from {{ ref('int_model_evaluation') }}

)

select
    points.fitted_model,
    points.split,
    cast(row_number() over (
        partition by points.fitted_model, points.split
        order by points.point.threshold desc nulls first
    ) as bigint) as point,
    points.point.threshold,
    points.point.false_positive_rate,
    points.point.true_positive_rate,
    points.point.precision
from points
