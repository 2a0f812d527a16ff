{% macro text_inputs() -%}
    {% set found = {} %}
    {% for request in input_requests(declared_inputs()) if 'table' not in request %}
        {% set input = ask_python('touchledger_describe_input', request) %}
        {% if input.files and input.extension != '.parquet' %}
            {#- Two models may read one table. -#}
            {% set table = request.meta.table %}
            {% do found.update({table: {'table': table, 'input': input}}) %}
        {% endif %}
    {% endfor %}
    {{ return(found.values() | list) }}
{%- endmacro %}

{% macro scan_for_malformed_rows() -%}
    {#- The text reader notes what it can't split in temporary tables of this connection. -#}
    {% if execute %}
        {% for item in text_inputs() %}
            {% set rejects = "store_rejects = true, rejects_table = 'malformed_"
                ~ item.table ~ "', rejects_scan = 'scans_" ~ item.table ~ "'" %}
            {% do run_query('select count(columns(*)) from '
                ~ scan_files(item.input, rejects)) %}
        {% endfor %}
    {% endif %}
{%- endmacro %}

{% macro malformed_rows() -%}
    {%- set inputs = text_inputs() if execute else [] -%}
    {%- for item in inputs %}
        select
            '{{ item.table }}' as source,
            parse_filename(scans.file_path) || ':' || cast(rejects.line as string)
                as row_key,
            'the line isn''t a row: ' || min(lower(cast(rejects.error_type as string)))
                as rejection_reason
        from malformed_{{ item.table }} as rejects
        inner join scans_{{ item.table }} as scans
            using (scan_id, file_id)
        group by scans.file_path, rejects.line
        union all
    {% endfor %}
    select
        cast(null as string) as source,
        cast(null as string) as row_key,
        cast(null as string) as rejection_reason
    where false
{%- endmacro %}
