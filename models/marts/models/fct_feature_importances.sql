with

importances as (

    {% for name in ['logistic_regression', 'lightgbm', 'additive_hazard'] -%}
        select * from {{ ref('int_' ~ name ~ '_importances') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    fitted_model,
    feature,
    importance_type,
    importance
from importances
