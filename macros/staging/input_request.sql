{% macro input_request(meta) -%}
    {% set stated = var(meta.path_var) if meta.get('path_var') else none %}
    {% set named = {} %}
    {% for column, setting in (meta.get('column_vars') or {}).items() %}
        {% do named.update({column: var(setting)}) %}
    {% endfor %}
    {% set request = {
        'meta': meta,
        'data_path': stated or var('data_path'),
        'in_folder_only': meta.get('path_var') is not none and not stated,
        'columns': var('columns'),
        'named': named,
        'features': setting('touchpoint_features') if meta.get('has_features') else [],
        'engine_reads': files_of_engine(),
    } %}
    {% if var('input_schema') and not stated %}
        {% set found = adapter.get_relation(
            database=target.database, schema=var('input_schema'), identifier=meta.table
        ) %}
        {% do request.update({'table': table_of_request('table', found) if found else {
            'place': 'table ' ~ var('input_schema') ~ '.' ~ meta.table, 'columns': none,
        }}) %}
    {% endif %}
    {{ return(request) }}
{%- endmacro %}

{% macro declared_inputs() -%}
    {% set found = [] %}
    {% for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type == 'model' and node.config.get('meta', {}).get('input') %}
        {% do found.append(node.config.meta.input) %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}

{% macro input_requests(declared) -%}
    {% set requests = [] %}
    {% for meta in declared %}
        {% set request = input_request(meta) %}
        {% if request.data_path or 'table' in request %}{% do requests.append(request) %}{% endif %}
    {% endfor %}
    {{ return(requests) }}
{%- endmacro %}

{% macro table_of_request(kind, relation) -%}
    {% set columns = {} %}
    {% for column in adapter.get_columns_in_relation(relation) %}
        {% do columns.update({column.name: column.dtype}) %}
    {% endfor %}
    {{ return({
        'place': 'the ' ~ kind ~ ' ' ~ relation.identifier,
        'columns': columns,
        'relation': relation | string,
    }) }}
{%- endmacro %}

{% macro files_of_engine() -%}
    {{ return(adapter.dispatch('files_of_engine')()) }}
{%- endmacro %}

{% macro default__files_of_engine() -%}
    {{ return(none) }}
{%- endmacro %}

{% macro spark__files_of_engine() -%}
    {#- Its text reader rejects no row by itself, and says nothing of those it loses. -#}
    {{ return(['.parquet']) }}
{%- endmacro %}
