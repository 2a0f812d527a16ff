{% for attribution_model in setting('attribution_models') -%}
    select '{{ attribution_model }}' as attribution_model
    {% if not loop.last %}union all{% endif %}
{% endfor %}
