{% macro staged_rows(table, columns) -%}
    {% set folder = dataset_folder() %}
    {% if table in var('datasets')[var('dataset')].tables %}
        {{ return(ref('stg_' ~ folder ~ '__' ~ table)) }}
    {% endif %}
    {{ return(no_rows(table, columns)) }}
{%- endmacro %}
