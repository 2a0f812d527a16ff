-- Guards that each fitted model is evaluated on all journeys of a split that have a
-- touchpoint, with their outcomes, as far as they may be known; beyond
-- `evaluation_limit`, on all that convert and on those of the users that are drawn.
-- Without it, models would be compared on different journeys, and a split that a join
-- lost would be missed by nobody.
with

journeys as (

    select
        splits.split,
        journeys.user_key,
        journeys.conversion_key is not null
        {% if var('split_by') == 'time' %}
            and (
                splits.split = 'test'
                or conversions.converted_at < timestamp '{{ var('test_from') }}'
            )
        {% endif %}
            as is_converted
    from {{ ref('int_journeys') }} as journeys
    inner join {{ ref('int_journey_splits') }} as splits
        on journeys.journey_key = splits.journey_key
    left join {{ ref('int_conversions') }} as conversions
        on journeys.conversion_key = conversions.conversion_key
    where journeys.untransformed_touch_count > 0 and splits.split <> 'unused'

),

examples as (

    select
        split,
        count(*) as examples
    from {{ ref('int_journey_snapshots') }}
    where is_example and not is_converted
    group by split

),

actual as (

    select
        journeys.split,
        count(*) as journeys,
        sum(case when journeys.is_converted then 1 else 0 end) as conversions
    from journeys
    left join examples on journeys.split = examples.split
    where
        journeys.is_converted
        or {{ is_drawn(
            'evaluation', 'cast(journeys.user_key as string)',
            var('evaluation_limit'), 'examples.examples',
        ) }}
    group by journeys.split

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
