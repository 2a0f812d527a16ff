-- The LSTM without attention has no credit to give.
{% for attribution_model in setting('attribution_models')
    | reject('equalto', 'lstm') -%}
    select '{{ attribution_model }}' as attribution_model
    {% if not loop.last %}union all{% endif %}
{% endfor %}
