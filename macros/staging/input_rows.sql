{% macro input_rows(seed=none, missing=[]) -%}
    {#- While dbt parses, the declaration isn't attached to the model yet. -#}
    {% if not execute %}
        {{ return('(select 1 as unread) as input_rows') }}
    {% endif %}
    {% set meta = config.meta_get('input') %}
    {% set request = dict(input_request(meta), table=table_of_request('seed', seed))
        if seed else input_request(meta) %}
    {% if 'table' not in request and not request.data_path %}
        {{ return(declared_columns(meta, {'names': {}, 'other': [], 'native': []}, none, missing)) }}
    {% endif %}
    {% set input = ask_python('touchledger_describe_input', request) %}
    {{ return(declared_columns(meta, input, scan_of_input(request, input), missing)) }}
{%- endmacro %}

{% macro scan_of_input(request, input) -%}
    {% if 'table' in request %}
        {{ return(request.table.relation if request.table.columns is not none else none) }}
    {% endif %}
    {{ return(scan_files(input) if input.files else none) }}
{%- endmacro %}

{% macro declared_columns(meta, input, scan, missing) -%}
    {%- set kinds = dict(meta.get('required') or {}, **(meta.get('optional') or {})) -%}
    {%- set readings = readings_of(meta, input, scan) -%}
    {%- set columns = [] -%}
    {%- for name, kind in kinds.items() -%}
        {%- do columns.append(
            declared_column(name, kind, meta, input, readings) ~ ' as ' ~ name
        ) -%}
    {%- endfor -%}
    {%- for name in input.other -%}
        {%- do columns.append(adapter.quote(name | replace('"', '""'))) -%}
    {%- endfor -%}
    {%- if meta.get('date_alone_of') -%}
        {%- do columns.append((
            is_date_alone(meta.date_alone_of, input, readings) if input.names else 'false'
        ) ~ ' as is_date_alone') -%}
    {%- endif -%}
    {%- if meta.get('has_features') -%}
        {%- do columns.append(
            features_of_touchpoints(input.get('features'), missing) ~ ' as features'
        ) -%}
    {%- endif -%}
    (
        select
            *,
            {{ hash_of(hashed_columns(kinds, input)) if scan else "cast(null as bigint)" }} as row_hash
        from (
            select
                {{ columns | join(',\n                ') }}
            from {{ scan or '(select 1) as no_file where false' }}
            {%- if scan and input.get('is_utf8') is false %}
            -- A row with a bad byte is rejected, also where nobody reads the column.
            where length(concat_ws('', {{ quoted_names(input.header) }})) >= 0
            {%- endif %}
        ) as read_columns
    ) as input_rows
{%- endmacro %}

{% macro quoted_names(names) -%}
    {%- for name in names -%}
        {{ adapter.quote(name | replace('"', '""')) }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro declared_column(name, kind, meta, input, readings) -%}
    {%- if name not in input.names -%}
        {{ return('cast(null as string)') }}
    {%- endif -%}
    {%- set column = adapter.quote(input.names[name] | replace('"', '""')) -%}
    {%- set reading = readings.get(name) -%}
    {%- if name in input.native -%}
        {{ return(native_time(column, kind)
            if kind in ('timestamp', 'date') else column) }}
    {%- elif reading and kind in ('timestamp', 'date') -%}
        {{ return(read_time(input_text(input.names[name]), reading, kind)) }}
    {%- elif reading and not reading.is_plain -%}
        {{ return(read_number(
            input_text(input.names[name]), reading,
            "'0'" if name in meta.get('none_is_zero', []) else 'null'
        )) }}
    {%- endif -%}
    {{ return('cast(' ~ column ~ ' as string)') }}
{%- endmacro %}

{% macro hashed_columns(kinds, input) -%}
    {#- What was read and not what was written: the ids that stand in for missing ones come
        of it. Numbers as whole millionths: engines write them differently. -#}
    {% set columns = [] %}
    {% for name, kind in kinds.items() if name in input.names %}
        {% do columns.append(
            'try_cast(round(try_cast(' ~ name ~ ' as double) * 1e6) as decimal(38, 0))'
            if kind in ('number', 'count') else name
        ) %}
    {% endfor %}
    {% for name in input.other %}
        {% do columns.append(adapter.quote(name | replace('"', '""'))) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}
