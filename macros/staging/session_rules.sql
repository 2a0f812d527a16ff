{% macro session_rules(seed) -%}
    {#- Other datasets must build where seeds were never loaded. The demo is made of seeds. -#}
    {% if var('dataset') == 'demo' or dataset_folder() == 'sessions' %}
        {{ return(ref(seed)) }}
    {% endif %}
    {% set declared = graph.nodes['seed.' ~ project_name ~ '.' ~ seed] if execute else {} %}
    {{ return(no_rows(seed, declared.get('columns', {}).keys())) }}
{%- endmacro %}
