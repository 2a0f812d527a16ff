{{ config(materialized='view') }}

-- Every attribution model ends here: its credit for each touchpoint of a converting
-- journey, at least 0 and summing to 1. A new model is one more source below.
{%- set sources = ['int_heuristic_credits', 'int_channel_credits'] %}
{%- for name in fitted_models() if name != 'lstm' %}
    {%- do sources.append('int_' ~ name ~ '_credits') %}
{%- endfor %}
{% for source in sources -%}
    select
        journey_key,
        position,
        attribution_model,
        credit
    from {{ ref(source) }}
    union all
{% endfor -%}
select
    journey_key,
    position,
    'lstm_shapley' as attribution_model,
    credit
from {{ ref('int_lstm_shapley_values') }}
