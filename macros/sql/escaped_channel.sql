{% macro escaped_channel(channel) -%}
    replace(replace({{ channel }}, chr(92), chr(92) || chr(92)), '>', chr(92) || '>')
{%- endmacro %}
