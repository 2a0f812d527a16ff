{% macro is_model_enabled(models) -%}
    {{ 'true' if setting('attribution_models') | select('in', models) | list else 'false' }}
{%- endmacro %}
