with

open_journeys as (

    select * from {{ ref('int_open_journeys') }}

),

cuts as (

    select * from {{ ref('int_journey_cuts') }}
    where is_current

),

scores as (

    select * from {{ ref('int_cut_scores') }}

),

journey_paths as (

    select * from {{ ref('int_journey_paths') }}

),

paths as (

    select * from {{ ref('int_paths') }}

),

scored as (

    select
        scores.fitted_model,
        journey_paths.path_key,
        count(*) as open_journeys,
        {{ exact_sum('scores.conversion_probability') }} as expected_conversions
    from open_journeys
    inner join cuts on open_journeys.journey_key = cuts.journey_key
    inner join scores on cuts.cut_key = scores.cut_key
    inner join journey_paths on open_journeys.journey_key = journey_paths.journey_key
    group by scores.fitted_model, journey_paths.path_key

),

named as (

    select
        scored.fitted_model,
        paths.path,
        scored.open_journeys,
        scored.expected_conversions / scored.open_journeys as conversion_probability
    from scored
    inner join paths on scored.path_key = paths.path_key

)

select
    fitted_model,
    path,
    open_journeys,
    conversion_probability,
    row_number() over (
        partition by fitted_model
        order by conversion_probability desc, open_journeys desc, path asc
    ) as rank
from named
