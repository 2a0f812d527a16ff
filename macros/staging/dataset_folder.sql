{% macro dataset_folder() -%}
    {% if var('datasets') is not mapping %}
        {% do exceptions.raise_compiler_error(
            "The setting datasets is '" ~ var('datasets') ~ "'; it must map the names "
            ~ "of datasets to what they have, as dbt_project.yml does."
        ) %}
    {% endif %}
    {% if var('dataset') is not string or var('dataset') not in var('datasets') %}
        {% do exceptions.raise_compiler_error(
            "The setting dataset is '" ~ var('dataset') ~ "'; it must be one of "
            ~ var('datasets').keys() | join(', ') ~ "."
        ) %}
    {% endif %}
    {% set known = var('datasets')[var('dataset')] %}
    {% if known is not mapping or known.folder is not string or not known.tables %}
        {% do exceptions.raise_compiler_error(
            "The setting datasets has '" ~ known ~ "' for " ~ var('dataset')
            ~ "; it must have a folder under models/staging and its tables, such as "
            ~ "{folder: paths, tables: [touchpoints, conversions]}."
        ) %}
    {% endif %}
    {{ return(known.folder) }}
{%- endmacro %}
