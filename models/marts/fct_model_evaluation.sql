with

orders as (

    select * from {{ ref('int_markov_orders') }}

),

baselines as (

    select * from {{ ref('int_trivial_baselines') }}

),

fitted_models as (

    select
        'markov_order_' || cast(markov_order as varchar) as fitted_model,
        *
    from orders
    union all
    select
        'markov' as fitted_model,
        *
    from orders
    where is_chosen

)

select
    fitted_models.fitted_model,
    fitted_models.split,
    fitted_models.journeys,
    fitted_models.conversions,
    fitted_models.log_loss,
    fitted_models.auc,
    fitted_models.average_precision,
    fitted_models.brier,
    fitted_models.accuracy,
    fitted_models.f1,
    fitted_models.majority_accuracy,
    fitted_models.calibration_error,
    fitted_models.log_likelihood as validation_log_likelihood,
    baselines.span_auc,
    baselines.length_auc
from fitted_models
inner join baselines on fitted_models.split = baselines.split
