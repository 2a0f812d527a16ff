{#- It waits until the input may pass. -#}
{% do ref('base_input_rows') %}
with

{% set tables = input_files() if execute else {} -%}
files as (

    {% for table, files in tables.items() -%}
        {% for file in files -%}
            select
                '{{ table }}' as table_name,
                '{{ file.file_name | replace("'", "''") }}' as file_name,
                cast({{ "'" ~ file.encoding ~ "'" if file.encoding else 'null' }} as string)
                    as encoding,
                '{{ file.sha256 }}' as sha256,
                cast({{ file.bytes }} as bigint) as byte_count,
                cast({{ file.rows }} as bigint) as row_count
            union all
        {% endfor %}
    {% endfor -%}
    select
        cast(null as string) as table_name,
        cast(null as string) as file_name,
        cast(null as string) as encoding,
        cast(null as string) as sha256,
        cast(null as bigint) as byte_count,
        cast(null as bigint) as row_count
    where false

)

select
    table_name,
    file_name,
    encoding,
    sha256,
    byte_count,
    row_count
from files
