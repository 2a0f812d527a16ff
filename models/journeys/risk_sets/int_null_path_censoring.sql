-- Whether null paths are complete. Paths without times can be read in two ways: a path
-- has its length, and then converts or not; or each touchpoint may convert, and that
-- ends the path. With one rate of conversion, and paths that end as they may at each
-- length, both give the paths of training users a likelihood; the larger one decides
-- (docs/evaluation.md). Lengths are those of the input, whatever transforms leave. What
-- has times is never complete.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

users as (

    select * from {{ ref('int_users') }}

),

lengths as (

    select
        journeys.untransformed_touch_count as touch_count,
        cast(count(*) as double) as paths,
        cast(count(journeys.conversion_key) as double) as conversions
    from journeys
    inner join users on journeys.user_key = users.user_key
    where
        -- Paths are split by user: they have no times.
        users.split = 'training'
        and {{ 'true' if dataset_folder() == 'paths' else 'false' }}
    group by journeys.untransformed_touch_count

),

reached as (

    select
        *,
        sum(paths) over (order by touch_count desc) as reaching_paths
    from lengths

),

ends as (

    select
        touch_count,
        paths,
        conversions,
        {{ log_likelihood('paths', 'reaching_paths') }} as of_paths,
        {{ log_likelihood(
            '(paths - conversions)', '(reaching_paths - conversions)'
        ) }} as of_null_paths
    from reached

),

totals as (

    select
        sum(paths) as paths,
        sum(conversions) as conversions,
        sum(paths * touch_count) as touchpoints,
        {{ exact_sum('of_paths') }} as of_paths,
        {{ exact_sum('of_null_paths') }} as of_null_paths
    from ends

)

select
    {% if var('null_path_censoring') != 'auto' -%}
        {{ 'true' if var('null_path_censoring') == 'complete' else 'false' }}
            as are_complete
    {%- else -%}
        paths is not null
        and {{ log_likelihood('conversions', 'paths') }} + of_paths
        >= {{ log_likelihood('conversions', 'touchpoints') }} + of_null_paths
            as are_complete
    {%- endif %}
from totals
