{{ config(materialized='view') }}

-- Models that share conversions by a rule are listed; so are those that were to learn
-- from journeys and found nothing to learn.
with

fits as (

    select fitted_model from {{ ref('int_fits') }}

),

models as (

    select attribution_model as fitted_model
    from {{ ref('int_attribution_models') }}
    {% if 'lstm' in setting('attribution_models') -%}
        union all
        select 'lstm' as fitted_model
    {%- endif %}
    union all
    select distinct 'markov_order_' || cast(markov_order as string) as fitted_model
    from {{ ref('int_markov_path_scores') }}

)

select
    models.fitted_model,
    models.fitted_model not in ({{ sql_list(fitted_models()) }})
    or fits.fitted_model is not null as is_ready
from models
left join fits on models.fitted_model = fits.fitted_model
