{% macro form_of(text) -%}
    {#- `2024-03-09 21:15` and `2025-11-30 08:00` have one form. -#}
    translate(
        lower({{ text }}),
        'bcdefghijklmnopqrstuvwxyz012345678',
        'aaaaaaaaaaaaaaaaaaaaaaaaa999999999'
    )
{%- endmacro %}
