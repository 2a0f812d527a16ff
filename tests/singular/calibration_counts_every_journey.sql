-- Guards that the tenths of a model are made of the journeys that it was judged on.
-- Without it, a chart of calibration could look sound because the journeys that spoil
-- it are in no tenth.
with

judged as (

    select
        fitted_model,
        split,
        journeys,
        conversions
    from {{ ref('fct_model_evaluation') }}
    where log_loss is not null

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
    coalesce(judged.fitted_model, tenths.fitted_model) as fitted_model,
    coalesce(judged.split, tenths.split) as split,
    judged.journeys,
    tenths.journeys as journeys_in_tenths,
    judged.conversions,
    tenths.conversions as conversions_in_tenths
from judged
full outer join tenths
    on
        judged.fitted_model = tenths.fitted_model
        and judged.split = tenths.split
where
    judged.journeys is null
    or tenths.journeys is null
    or judged.journeys <> tenths.journeys
    or judged.conversions <> tenths.conversions
