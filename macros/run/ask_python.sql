{% macro ask_python(function, request) -%}
    {% set answer = adapter.dispatch('ask_python')(function, request) %}
    {% if answer.problem %}
        {% do exceptions.raise_compiler_error(answer.problem) %}
    {% endif %}
    {{ return(answer.result) }}
{%- endmacro %}

{% macro duckdb__ask_python(function, request) -%}
    {% set literal = tojson(request) | replace("'", "''") %}
    {{ return(fromjson(
        run_query("select " ~ function ~ "('" ~ literal ~ "') as answer").rows[0][0]
    )) }}
{%- endmacro %}

{% macro sparksession__ask_python(function, request) -%}
    {{ return(adapter.ask_python(function, request)) }}
{%- endmacro %}
