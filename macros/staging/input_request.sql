{% macro input_request(meta) -%}
    {{ return({
        'meta': meta,
        'data_path': var(meta.get('path_var', 'data_path')),
        'renamed': var(meta.renamed_var) if meta.get('renamed_var') else {},
    }) }}
{%- endmacro %}
