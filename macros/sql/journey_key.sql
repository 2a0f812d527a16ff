{% macro journey_key(user_key, segment) -%}
    {#- Keys of snapshots stand between two of these. -#}
    {{ user_key }} + {{ segment }} * 4
{%- endmacro %}
