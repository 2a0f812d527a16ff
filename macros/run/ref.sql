{% macro ref() -%}
    {#- Without the name of this project's own database, so that a view goes with its file:
        renamed, copied, or attached under another name. A relation of another database, as
        `--defer` finds it, keeps its name. -#}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if relation.database == target.database -%}
        {%- set relation = relation.include(database=false) -%}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
