{% macro scan_files(input, rejects='') -%}
    {{ return(adapter.dispatch('scan_files')(input, rejects)) }}
{%- endmacro %}

{% macro duckdb__scan_files(input, rejects) -%}
    {% set files = [] %}
    {% for file in input.files %}
        {% do files.append("'" ~ file | replace("'", "''") ~ "'") %}
    {% endfor %}
    {% set files = '[' ~ files | join(', ') ~ ']' %}
    {% if input.extension == '.parquet' %}
        {{ return('read_parquet(' ~ files ~ ')') }}
    {% endif %}
    {% set columns = [] %}
    {% for name in input.header %}
        {% do columns.append("'" ~ name | replace("'", "''") ~ "': 'VARCHAR'") %}
    {% endfor %}
    {{ return(
        "read_csv(" ~ files ~ ", auto_detect = false, header = true, columns = {"
        ~ columns | join(', ') ~ "}, delim = '"
        ~ ('\\t' if input.extension == '.tsv' else ',')
        ~ "', quote = '\"', escape = '\"', max_line_size = 16777216, "
        ~ (rejects or "ignore_errors = true") ~ ")"
    ) }}
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
