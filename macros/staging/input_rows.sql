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
    {% if 'table' in request %}
        {% set scan = request.table.relation if request.table.columns is not none %}
    {% elif input.files %}
        {% set scan = scan_files(input) %}
    {% endif %}
    {{ return(declared_columns(meta, input, scan, missing)) }}
{%- endmacro %}

{% macro declared_columns(meta, input, scan, missing) -%}
    {%- set kinds = dict(meta.get('required') or {}, **(meta.get('optional') or {})) -%}
    {%- set declared = kinds.keys() | list -%}
    (
        select
            {% for name in declared -%}
                {%- if name not in input.names %}
            cast(null as string) as {{ name }},
                {%- elif name in input.native and kinds[name] == 'timestamp' %}
            {{ utc_timestamp(adapter.quote(input.names[name] | replace('"', '""'))) }} as {{ name }},
                {%- elif name in input.native %}
            {{ adapter.quote(input.names[name] | replace('"', '""')) }} as {{ name }},
                {%- else %}
            cast({{ adapter.quote(input.names[name] | replace('"', '""')) }} as string) as {{ name }},
                {%- endif %}
            {%- endfor %}
            {%- for name in input.other %}
            {{ adapter.quote(name | replace('"', '""')) }},
            {%- endfor %}
            {%- if meta.get('has_features') %}
            {{ features_of_touchpoints(input.get('features'), missing) }} as features,
            {%- endif %}
            {{ hash_of(texts_of_columns(meta, input)) if scan else "cast(null as bigint)" }} as row_hash
        from {{ scan or '(select 1) as no_file where false' }}
            {%- if scan and input.get('is_utf8') is false %}
        -- A row with a bad byte is rejected, also where nobody reads the column.
        where length(concat_ws('', {{ quoted_names(input.header) }})) >= 0
            {%- endif %}
    ) as input_rows
{%- endmacro %}

{% macro quoted_names(names) -%}
    {%- for name in names -%}
        {{ adapter.quote(name | replace('"', '""')) }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro texts_of_columns(meta, input) -%}
    {#- Numbers as whole millionths, times in UTC: engines write them differently. -#}
    {% set declared = dict(meta.get('required') or {}, **(meta.get('optional') or {})) %}
    {% set texts = [] %}
    {% for name, kind in declared.items() if name in input.names %}
        {% set column = adapter.quote(input.names[name] | replace('"', '""')) %}
        {% do texts.append(
            'try_cast(round(try_cast(' ~ column ~ ' as double) * 1e6) as decimal(38, 0))'
            if kind == 'number'
            else utc_timestamp(column) if kind == 'timestamp' and name in input.native
            else column
        ) %}
    {% endfor %}
    {% for name in input.other %}
        {% do texts.append(adapter.quote(name | replace('"', '""'))) %}
    {% endfor %}
    {{ return(texts) }}
{%- endmacro %}
