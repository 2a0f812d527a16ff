{% macro input_request(meta) -%}
    {% set stated = var(meta.path_var) if meta.get('path_var') else none %}
    {% set named = {} %}
    {% for column, setting in (meta.get('column_vars') or {}).items() %}
        {% do named.update({column: var(setting)}) %}
    {% endfor %}
    {{ return({
        'meta': meta,
        'data_path': stated or var('data_path'),
        'in_folder_only': meta.get('path_var') is not none and not stated,
        'renamed': var(meta.renamed_var) if meta.get('renamed_var') else {},
        'named': named,
        'features': setting('touchpoint_features') if meta.get('has_features') else [],
    }) }}
{%- endmacro %}
