{% macro user_ref(user_id, conversion_id) -%}
    {#- A conversion of nobody known is a user of its own. -#}
    coalesce({{ user_id }}, '(conversion) ' || {{ conversion_id }})
{%- endmacro %}
