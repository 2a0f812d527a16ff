{% macro staged_rows(table, columns) -%}
    {% set folder = dataset_folder() %}
    {% if table in var('datasets')[var('dataset')].tables %}
        {{ return(ref('stg_' ~ folder ~ '__' ~ table)) }}
    {% endif %}
    {% set empty = [] %}
    {% for column in columns %}
        {% do empty.append('cast(null as varchar) as ' ~ column) %}
    {% endfor %}
    {{ return('(select ' ~ empty | join(', ') ~ ' where false) as no_' ~ table) }}
{%- endmacro %}
