select
    fitted_model,
    feature,
    importance_type,
    importance
from {{ ref('int_feature_importances') }}
