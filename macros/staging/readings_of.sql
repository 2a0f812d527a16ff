{% macro readings_of(meta, input, scan) -%}
    {#- What can be chosen for a whole column alone: how its texts are read. -#}
    {% set columns = [] %}
    {% if scan and not meta.get('has_fixed_formats') %}
        {% set kinds = dict(meta.get('required') or {}, **(meta.get('optional') or {})) %}
        {% for name, kind in kinds.items()
            if kind != 'text' and name in input.names and name not in input.native %}
            {% do columns.append({'name': name, 'column': input.names[name], 'kind': kind}) %}
        {% endfor %}
    {% endif %}
    {% if not columns %}
        {{ return({}) }}
    {% endif %}
    {% set request = {
        'run': invocation_id, 'source': scan | string, 'table': meta.table,
        'columns': columns,
        'timestamp_format': var('timestamp_format'),
        'number_format': var('number_format'),
        'input_time_zone': var('input_time_zone'),
    } %}
    {% set answer = ask_python('touchledger_read_values', request) %}
    {% if answer.readings is none %}
        {% set counts = [] %}
        {% for row in run_query(counts_of_forms(columns, answer, scan)).rows %}
            {% set forms, examples = {}, {} %}
            {% for column in columns %}
                {% do forms.update({column.name: row['form_' ~ loop.index]}) %}
                {% do examples.update({column.name: row['example_' ~ loop.index]}) %}
            {% endfor %}
            {% do counts.append({
                'form': forms, 'example': examples, 'rows': row['form_rows'] | int,
            }) %}
        {% endfor %}
        {% set answer = ask_python('touchledger_read_values', dict(request, counts=counts)) %}
    {% endif %}
    {{ return(answer.readings) }}
{%- endmacro %}

{% macro counts_of_forms(columns, known, scan) -%}
    with

    input_texts as (

        select
            {%- for column in columns %}
                {{ input_text(column.column) }} as value_{{ loop.index }}
                {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from {{ scan }}

    ),

    forms as (

        select
            *,
            {%- for column in columns %}
                {%- set value = 'value_' ~ loop.index %}
                {{ number_form(value, known) if column.kind in ('number', 'count')
                    else time_form(value, known.time_forms) }} as form_{{ loop.index }}
                {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from input_texts

    )

    select
        {%- for column in columns %}
            form_{{ loop.index }},
            min(value_{{ loop.index }}) as example_{{ loop.index }},
        {%- endfor %}
        -- A text: dbt would take a number for a decimal.
        cast(count(*) as string) as form_rows
    from forms
    group by
        {%- for column in columns %}
            form_{{ loop.index }} {%- if not loop.last %},{% endif %}
        {%- endfor %}
{%- endmacro %}

{% macro input_text(column) -%}
    {#- Few texts begin or end with a space, and to trim all takes as long as to read them. -#}
    {%- set text = 'cast(' ~ adapter.quote(column | replace('"', '""')) ~ ' as string)' -%}
    {{ return(
        "case when " ~ text ~ " < '!' or " ~ text ~ " like '% ' then trim("
        ~ text ~ ") else " ~ text ~ " end"
    ) }}
{%- endmacro %}

{% macro matches_pattern(value, pattern) -%}
    {{ return(matches(value, "'" ~ pattern | replace("'", "''") ~ "'")) }}
{%- endmacro %}
