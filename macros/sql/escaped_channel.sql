{% macro escaped_channel(channel) -%}
    replace(replace({{ channel }}, '\', '\\'), '>', '\>')
{%- endmacro %}
