{% macro dataset_folder() -%}
    {% if var('dataset') is not string or var('dataset') not in var('datasets') %}
        {% do exceptions.raise_compiler_error(
            "The setting dataset is '" ~ var('dataset') ~ "'; it must be one of "
            ~ var('datasets').keys() | join(', ') ~ "."
        ) %}
    {% endif %}
    {{ return(var('datasets')[var('dataset')].folder) }}
{%- endmacro %}
