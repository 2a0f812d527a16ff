{% macro input_files() -%}
    {% set found = {} %}
    {% for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type == 'model' and node.config.get('meta', {}).get('input') %}
        {% set request = input_request(node.config.meta.input) %}
        {#- The demo is made of seeds. -#}
        {% if request.data_path and 'table' not in request and var('dataset') != 'demo' %}
            {#- Two models may read one table. -#}
            {% do found.update({
                request.meta.table: ask_python('touchledger_list_input_files', request)
            }) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}
