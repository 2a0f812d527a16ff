{% macro input_rows(seed=none, missing=[]) -%}
    {#- While dbt parses, the declaration isn't attached to the model yet. -#}
    {% if not execute %}
        {{ return('(select 1 as unread) as input_rows') }}
    {% endif %}
    {% set meta = config.meta_get('input') %}
    {% if seed %}
        {{ return(declared_columns(meta, described_seed(meta, seed), seed, missing)) }}
    {% endif %}
    {% set request = input_request(meta) %}
    {% if not request.data_path %}
        {{ return(declared_columns(meta, {'names': {}, 'other': [], 'native': []}, none, missing)) }}
    {% endif %}
    {% set input = ask_python('touchledger_describe_input', request) %}
    {% set scan = scan_files(input) if input.files else none %}
    {{ return(declared_columns(meta, input, scan, missing)) }}
{%- endmacro %}

{% macro described_seed(meta, seed) -%}
    {% set present = adapter.get_columns_in_relation(seed) | map(attribute='name') | list %}
    {% set names = {} %}
    {% set declared = (meta.get('required') or {}).keys() | list
        + (meta.get('optional') or {}).keys() | list %}
    {% for name in declared if name in present %}
        {% do names.update({name: name}) %}
    {% endfor %}
    {% set other = present | reject('in', declared) | list %}
    {% set features = [] if not meta.get('has_features')
        else ask_python('touchledger_find_features', {
            'place': 'the seed ' ~ seed.identifier,
            'header': present,
            'declared': names,
            'allowed': [],
            'wanted': setting('touchpoint_features'),
        }) %}
    {{ return({
        'names': names,
        'native': declared,
        'other': other if meta.get('keep_other_columns') else [],
        'features': features,
    }) }}
{%- endmacro %}

{% macro declared_columns(meta, input, scan, missing) -%}
    {%- set declared = (meta.get('required') or {}).keys() | list
        + (meta.get('optional') or {}).keys() | list -%}
    (
        select
            {% for name in declared -%}
                {%- if name not in input.names %}
            cast(null as varchar) as {{ name }},
                {%- elif name in input.native %}
            {{ adapter.quote(input.names[name] | replace('"', '""')) }} as {{ name }},
                {%- else %}
            cast({{ adapter.quote(input.names[name] | replace('"', '""')) }} as varchar) as {{ name }},
                {%- endif %}
            {%- endfor %}
            {%- for name in input.other %}
            {{ adapter.quote(name | replace('"', '""')) }},
            {%- endfor %}
            {%- if meta.get('has_features') %}
            {{ features_of_touchpoints(input.get('features'), missing) }} as features,
            {%- endif %}
            {{ hash_of_all_columns() if scan else "cast(null as bigint)" }} as row_hash
        from {{ scan or '(select 1) as no_file where false' }}
    ) as input_rows
{%- endmacro %}
