{{ config(materialized='view') }}

-- Every fit ends here: which file a fitted model is applied from.
{% for name in fitted_models() -%}
    select
        fitted_model,
        version,
        file,
        rows,
        is_reused,
        trained_at
    from {{ ref('int_' ~ name ~ '_fit') }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
