with

fits as (

    {% for name in fitted_models() -%}
        select * from {{ ref('int_' ~ name ~ '_fit') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    fitted_model,
    version,
    file,
    rows,
    is_reused,
    trained_at
from fits
