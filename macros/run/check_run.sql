{% macro check_run() -%}
    {% if execute and flags.WHICH in ('build', 'run', 'seed', 'test') %}
        {% set settings = project_settings() %}
        {% set unknown = {} %}
        {% for name, value in (invocation_args_dict.vars or {}).items() if name not in settings %}
            {% do unknown.update({name: value}) %}
        {% endfor %}
        {#- Vars of before, which dbt_project.yml of a user may still have. -#}
        {% for name in ['stream_columns', 'spend_columns', 'session_columns'] if var(name, none) %}
            {% do unknown.update({name: var(name)}) %}
        {% endfor %}
        {% set inputs = [] %}
        {% set tables = [] %}
        {% if var('dataset') in var('datasets') %}
            {% for node in graph.nodes.values() | sort(attribute='unique_id')
                if node.resource_type == 'model' and node.config.get('meta', {}).get('input') %}
                {% do tables.append(node.config.meta.input) %}
                {% set request = input_request(node.config.meta.input) %}
                {% if request.data_path or 'table' in request %}{% do inputs.append(request) %}{% endif %}
            {% endfor %}
        {% endif %}
        {% do ask_python('touchledger_check_run', {
            'settings': settings, 'unknown': unknown, 'tables': tables, 'inputs': inputs,
            'engine_reads': files_of_engine(),
        }) %}
    {% endif %}
{%- endmacro %}
