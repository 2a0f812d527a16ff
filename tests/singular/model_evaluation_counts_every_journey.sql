-- Guards that each fitted model is evaluated on all journeys of a split that have a
-- touchpoint, with their outcomes, as far as they may be known. Without it, models
-- would be compared on different journeys, and a split that a join lost would be missed
-- by nobody.
with

actual as (

    select
        split,
        count(*) as journeys,
        sum(
            case
                when
                    is_converted
                    {% if var('split_by') == 'time' %}
                        and (
                            split = 'test'
                            or ended_at < timestamp '{{ var('test_from') }}'
                        )
                    {% endif %}
                    then 1
                else 0
            end
        ) as conversions
    from {{ ref('journeys') }}
    where touch_count > 0 and split <> 'unused'
    group by split

),

fitted_models as (

    select distinct fitted_model from {{ ref('fct_model_evaluation') }}

),

expected as (

    select
        fitted_models.fitted_model,
        actual.*
    from fitted_models
    cross join actual

)

select
    coalesce(expected.fitted_model, evaluation.fitted_model) as fitted_model,
    coalesce(expected.split, evaluation.split) as split,
    expected.journeys as actual_journeys,
    expected.conversions as actual_conversions,
    evaluation.journeys,
    evaluation.conversions
from expected
full outer join {{ ref('fct_model_evaluation') }} as evaluation
    on
        expected.fitted_model = evaluation.fitted_model
        and expected.split = evaluation.split
where
    expected.journeys is null
    or evaluation.journeys is null
    or expected.journeys <> evaluation.journeys
    or expected.conversions <> evaluation.conversions
