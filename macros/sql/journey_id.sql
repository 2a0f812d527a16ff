{% macro journey_id(conversion_id, first_touchpoint_id) -%}
    coalesce('c-' || {{ conversion_id }}, 'n-' || {{ first_touchpoint_id }})
{%- endmacro %}
