{% macro input_files() -%}
    {% set found = {} %}
    {% for request in input_requests(declared_inputs()) if 'table' not in request %}
        {#- Two models may read one table. The demo is made of seeds. -#}
        {% if var('dataset') != 'demo' %}
            {% do found.update({
                request.meta.table: ask_python('touchledger_list_input_files', request)
            }) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}
