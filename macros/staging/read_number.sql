{% macro number_pattern() -%}
    {#- Sign or parenthesis, currency, digits with their marks, currency, sign. -#}
    {%- set currency = "[A-Z]{3}|[A-Z]{0,3}[$€£¥₹₩₺₽฿₫₪₦₴]|kr[.]?|zł|Kč|Ft|lei|Fr[.]?" -%}
    {{ return(
        "^([-+(]?) ?(" ~ currency ~ ")? ?([-+]?)([0-9.,](?:[0-9.,'' ]*[0-9.,])?) ?("
        ~ currency ~ ")? ?([-)]?)$"
    ) }}
{%- endmacro %}

{% macro bare_number(value) -%}
    {#- Spaces that don't break, the apostrophe and the dashes of typographers. -#}
    trim(translate(
        {{ value }},
        chr(160) || chr(8239) || chr(8217) || chr(8722) || chr(8211) || chr(8212),
        '  ''---'
    ))
{%- endmacro %}

{% macro number_body(value) -%}
    regexp_extract({{ bare_number(value) }}, '{{ number_pattern() }}', 4)
{%- endmacro %}

{% macro number_currency(value) -%}
    regexp_extract({{ bare_number(value) }}, '{{ number_pattern() }}', 2)
    || regexp_extract({{ bare_number(value) }}, '{{ number_pattern() }}', 5)
{%- endmacro %}

{% macro number_form(value, known) -%}
    case
        when {{ value }} = '' or {{ value }} is null then null
        {%- for form, pattern in known.number_forms.items() %}
            when {{ matches_pattern(value, '[+-]?(' ~ pattern ~ ')') }} then '{{ form }}'
        {%- endfor %}
        when lower({{ bare_number(value) }}) in ({{ sql_list(known.no_numbers) }}) then 'none'
        {%- for form, pattern in known.number_forms.items() %}
            when {{ matches_pattern(number_body(value), pattern) }} then 'decorated_{{ form }}:' || {{ number_currency(value) }}
        {%- endfor %}
        else 'other'
    end
{%- endmacro %}

{% macro read_number(value, reading, if_none='null') -%}
    {#- A text that every engine reads as the number; the text itself where it is none. -#}
    {%- set body = number_body(value) -%}
    {%- set digits = "translate(" ~ body ~ (
        ", ',. ''', '.')" if reading.decimal_mark == 'comma' else ", ', ''', '')"
    ) -%}
    {%- if reading.are_marks_thousands -%}
        {%- set digits = "translate(" ~ body ~ ", ',. ''', '')" -%}
    {%- endif -%}
    case
        when lower({{ bare_number(value) }}) in ({{ sql_list(reading.no_numbers) }}) then {{ if_none }}
        else coalesce(
            cast(
                case
                    when {{ matches_pattern(body, reading.pattern) }}
                        then case
                            when
                                {{ bare_number(value) }} like '%-%'
                                or {{ value }} like '(%'
                                then -1e0
                            else 1e0
                        end * try_cast({{ digits }} as double)
                end as string
            ),
            {{ value }}
        )
    end
{%- endmacro %}
