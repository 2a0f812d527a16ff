{% macro journey_key(user_key, segment) -%}
    {#- Keys of cuts stand between two of these. -#}
    {{ user_key }} + {{ segment }} * 4
{%- endmacro %}
