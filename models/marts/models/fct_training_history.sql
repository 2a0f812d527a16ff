select
    fitted_model,
    epoch,
    loss,
    validation_loss,
    validation_auc,
    journeys_per_second
from {{ ref('int_training_history') }}
