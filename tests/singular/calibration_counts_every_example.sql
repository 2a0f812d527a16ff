-- Guards that the tenths of a model are made of the examples that it was evaluated on.
-- Without it, a chart of calibration could look sound because the journeys that spoil
-- it are in no tenth.
with

examples as (

    select
        split,
        count(*) as journeys,
        sum(case when is_converted then 1 else 0 end) as conversions
    from {{ ref('int_examples') }}
    group by split

),

evaluated as (

    select
        evaluation.fitted_model,
        examples.split,
        examples.journeys,
        examples.conversions
    from {{ ref('fct_model_evaluation') }} as evaluation
    inner join examples on evaluation.split = examples.split
    where evaluation.log_loss is not null

),

tenths as (

    select
        fitted_model,
        split,
        sum(journeys) as journeys,
        sum(conversions) as conversions
    from {{ ref('fct_calibration') }}
    group by fitted_model, split

)

select
    coalesce(evaluated.fitted_model, tenths.fitted_model) as fitted_model,
    coalesce(evaluated.split, tenths.split) as split,
    evaluated.journeys,
    tenths.journeys as journeys_in_tenths,
    evaluated.conversions,
    tenths.conversions as conversions_in_tenths
from evaluated
full outer join tenths
    on
        evaluated.fitted_model = tenths.fitted_model
        and evaluated.split = tenths.split
where
    evaluated.journeys is null
    or tenths.journeys is null
    or evaluated.journeys <> tenths.journeys
    or evaluated.conversions <> tenths.conversions
