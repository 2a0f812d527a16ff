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
        {% set declared = declared_inputs() if var('dataset') in var('datasets') else [] %}
        {% set requests = input_requests(declared) %}
        {% do ask_python('touchledger_check_run', {
            'settings': settings, 'unknown': unknown, 'tables': declared,
            'inputs': requests,
            'engine_reads': files_of_engine(),
        }) %}
        {% if flags.WHICH in ('build', 'run') %}{% do choose_readings(requests) %}{% endif %}
    {% endif %}
{%- endmacro %}

{% macro choose_readings(requests) -%}
    {#- A column that can be read in two ways stops the run before any mart is replaced. -#}
    {% for request in requests %}
        {% set input = ask_python('touchledger_describe_input', request) %}
        {% do readings_of(request.meta, input, scan_of_input(request, input)) %}
    {% endfor %}
{%- endmacro %}
