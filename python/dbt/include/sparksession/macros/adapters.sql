{% macro sparksession__list_relations_without_caching(relation) %}
    {{ return(spark__list_relations_without_caching(relation)) }}
{% endmacro %}

{% macro sparksession__get_columns_in_relation(relation) %}
    {{ return(spark__get_columns_in_relation(relation)) }}
{% endmacro %}

{#- A Python model is handed over as it is: the adapter runs it and writes its table. -#}
{% macro sparksession__create_table_as(temporary, relation, compiled_code, language='sql') %}
{%- if language == 'python' -%}
{{ compiled_code }}
{%- else -%}
{{ spark__create_table_as(temporary, relation, compiled_code, language) }}
{%- endif -%}
{% endmacro %}

{% macro sparksession__load_csv_rows(model, agate_table) %}
    {% do adapter.load_rows(this, agate_table, model['config'].get('column_types', {})) %}
    {{ return('') }}
{% endmacro %}
