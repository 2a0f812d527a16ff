-- Guards that a ROC curve starts where nothing is called, never falls, ends where all
-- is called, and spans the area that the scoreboard prints. Without it, a chart and the
-- number beside it could speak of different models.
--
-- At most 200 points are kept of a curve: straight lines between them lose less than
-- half a percent of the square.
with

steps as (

    select
        fitted_model,
        split,
        false_positive_rate,
        true_positive_rate,
        lag(false_positive_rate) over (
            partition by fitted_model, split order by point
        ) as last_false_positive_rate,
        lag(true_positive_rate) over (
            partition by fitted_model, split order by point
        ) as last_true_positive_rate
    from {{ ref('fct_roc_points') }}

),

curves as (

    select
        fitted_model,
        split,
        min(false_positive_rate + true_positive_rate) as origin,
        min(least(false_positive_rate, true_positive_rate)) as lowest,
        min(false_positive_rate - last_false_positive_rate) as least_step_right,
        min(true_positive_rate - last_true_positive_rate) as least_step_up,
        max(least(false_positive_rate, true_positive_rate)) as highest,
        {{ exact_sum(
            '(false_positive_rate - last_false_positive_rate)'
            ~ ' * (true_positive_rate + last_true_positive_rate) / 2'
        ) }} as area
    from steps
    group by fitted_model, split

)

select
    coalesce(evaluation.fitted_model, curves.fitted_model) as fitted_model,
    coalesce(evaluation.split, curves.split) as split,
    evaluation.auc,
    curves.area
from {{ ref('fct_model_evaluation') }} as evaluation
full outer join curves
    on
        evaluation.fitted_model = curves.fitted_model
        and evaluation.split = curves.split
where
    (evaluation.auc is null) <> (curves.area is null)
    or curves.origin <> 0
    or curves.lowest <> 0
    or curves.highest <> 1
    or curves.least_step_right < 0
    or curves.least_step_up < 0
    or abs(evaluation.auc - curves.area) > 0.005
