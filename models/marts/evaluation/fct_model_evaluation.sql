with

evaluation as (

    select * from {{ ref('int_model_evaluation') }}

),

reading as (

    select * from {{ ref('int_null_path_censoring') }}

),

orders as (

    select distinct
        'markov_order_' || cast(markov_order as string) as fitted_model,
        markov_order,
        log_likelihood
    from {{ ref('int_markov_path_scores') }}
    union all
    select distinct
        'markov' as fitted_model,
        markov_order,
        log_likelihood
    from {{ ref('int_markov_path_scores') }}
    where is_chosen

)

select
    evaluation.fitted_model,
    evaluation.split,
    evaluation.verdict,
    evaluation.journeys,
    evaluation.conversions,
    evaluation.log_loss,
    evaluation.log_loss_lower,
    evaluation.log_loss_upper,
    evaluation.auc,
    evaluation.auc_lower,
    evaluation.auc_upper,
    evaluation.average_precision,
    evaluation.average_precision_lower,
    evaluation.average_precision_upper,
    evaluation.brier,
    evaluation.brier_lower,
    evaluation.brier_upper,
    evaluation.accuracy,
    evaluation.accuracy_lower,
    evaluation.accuracy_upper,
    evaluation.f1,
    evaluation.majority_accuracy,
    evaluation.calibration_error,
    evaluation.calibration_error_lower,
    evaluation.calibration_error_upper,
    orders.markov_order,
    orders.log_likelihood as validation_log_likelihood,
    evaluation.constant_log_loss,
    evaluation.auc_at_equal_span,
    evaluation.auc_at_equal_span_lower,
    evaluation.auc_at_equal_span_upper,
    evaluation.auc_at_equal_length,
    evaluation.auc_at_equal_length_lower,
    evaluation.auc_at_equal_length_upper,
    {% if dataset_folder() == 'paths' -%}
        case when reading.are_complete then 'complete' else 'censored' end
            as null_path_censoring
    {%- else -%}
        cast(null as string) as null_path_censoring
    {%- endif %}
from evaluation
cross join reading
left join orders on evaluation.fitted_model = orders.fitted_model
