{% macro any_asked_for(models) -%}
    {{ 'true' if setting('attribution_models') | select('in', models) | list else 'false' }}
{%- endmacro %}
