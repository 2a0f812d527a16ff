{% macro ask_python(function, request) -%}
    {% set literal = tojson(request) | replace("'", "''") %}
    {% set answer = fromjson(
        run_query("select " ~ function ~ "('" ~ literal ~ "') as answer").rows[0][0]
    ) %}
    {% if answer.problem %}
        {% do exceptions.raise_compiler_error(answer.problem) %}
    {% endif %}
    {{ return(answer.result) }}
{%- endmacro %}
