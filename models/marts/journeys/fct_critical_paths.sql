with

journeys as (

    select * from {{ ref('int_current_journeys') }}
    where is_open

),

scores as (

    select * from {{ ref('int_snapshot_scores') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

by_path as (

    select
        scores.fitted_model,
        journeys.path_key,
        count(*) as open_journeys,
        {{ exact_sum('scores.conversion_probability') }} as expected_conversions
    from journeys
    inner join scores on journeys.snapshot_key = scores.snapshot_key
    group by scores.fitted_model, journeys.path_key

),

named as (

    select
        by_path.fitted_model,
        paths.path,
        by_path.open_journeys,
        by_path.expected_conversions / by_path.open_journeys as conversion_probability
    from by_path
    inner join paths on by_path.path_key = paths.path_key

)

select
    fitted_model,
    path,
    open_journeys,
    conversion_probability,
    cast(row_number() over (
        partition by fitted_model
        order by conversion_probability desc, open_journeys desc, path asc
    ) as bigint) as rank
from named
