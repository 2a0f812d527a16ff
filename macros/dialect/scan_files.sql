{% macro scan_files(input, rejects='') -%}
    {{ return(adapter.dispatch('scan_files')(input, rejects)) }}
{%- endmacro %}

{% macro duckdb__scan_files(input, rejects) -%}
    {% set files = [] %}
    {% for file in input.files %}
        {#- DuckDB takes a path for a pattern. -#}
        {% do files.append("'" ~ modules.re.sub('([\\[*?])', '[\\1]', file) | replace("'", "''") ~ "'") %}
    {% endfor %}
    {% set files = '[' ~ files | join(', ') ~ ']' %}
    {% if input.extension == '.parquet' %}
        {{ return('read_parquet(' ~ files ~ ', hive_partitioning = false)') }}
    {% endif %}
    {% set columns = [] %}
    {% for name in input.header %}
        {% do columns.append("'" ~ name | replace("'", "''") ~ "': 'VARCHAR'") %}
    {% endfor %}
    {% set options = ['columns = {' ~ columns | join(', ') ~ '}'] %}
    {% for name, value in input.text_options.items() %}
        {% do options.append(name ~ ' = '
            ~ ("'" ~ value | replace("'", "''") ~ "'" if value is string else value)) %}
    {% endfor %}
    {% do options.append(rejects or 'ignore_errors = true') %}
    {{ return('read_csv(' ~ files ~ ', ' ~ options | join(', ') ~ ')') }}
{%- endmacro %}

{% macro spark__scan_files(input, rejects) -%}
    {% set files = [] %}
    {% for file in input.files %}
        {#- Spark takes a path for a pattern. -#}
        {% set path = modules.re.sub('([][{}*?\\\\])', '\\\\\\1', file) | replace('`', '``') %}
        {#- Of a path without a scheme a cluster would look in its own file system. -#}
        {% do files.append('select * from parquet.`file:' ~ path ~ '`') %}
    {% endfor %}
    {{ return('(' ~ files | join(' union all ') ~ ') as files') }}
{%- endmacro %}
