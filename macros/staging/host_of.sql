{% macro host_of(address, needs_scheme=false) -%}
    {#- Without a dot it is no host: `about:blank` and `localhost` name no site. -#}
    nullif(
        regexp_replace(
            regexp_extract(
                lower(trim({{ address }})),
                '^([a-z][a-z0-9+.-]*://|//){{ '' if needs_scheme else '?' }}([^/?#@ ]*@)?'
                || '(([^/?#@:. ]+[.])+[^/?#@:. ]+)[.]?([:/?#]|$)',
                3
            ),
            '^www[.]',
            ''
        ),
        ''
    )
{%- endmacro %}
