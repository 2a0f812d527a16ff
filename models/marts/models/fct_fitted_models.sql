select
    fitted_model,
    version,
    file,
    rows,
    is_reused,
    trained_at
from {{ ref('int_fits') }}
