with

tenths as (

    select
        fitted_model,
        split,
        {{ each_item('calibration') }} as tenth
    from {{ ref('int_model_evaluation') }}

)

select
    tenths.fitted_model,
    tenths.split,
    tenths.tenth.decile,
    tenths.tenth.journeys,
    tenths.tenth.conversions,
    tenths.tenth.predicted_rate,
    tenths.tenth.observed_rate
from tenths
