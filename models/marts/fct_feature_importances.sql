with

importances as (

    {% for name in fitted_models() -%}
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
