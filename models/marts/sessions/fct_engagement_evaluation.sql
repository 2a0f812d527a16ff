with

evaluation as (

    select * from {{ ref('int_engagement_evaluation') }}

)

select
    fitted_model,
    split,
    verdict,
    sessions,
    users,
    trees,
    mse,
    mae,
    r_squared,
    mean_baseline_mse,
    mse_gain,
    mse_gain_lower,
    mse_gain_upper
from evaluation
