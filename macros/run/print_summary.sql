{% macro print_summary(results) -%}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% set built = results
            | selectattr('status', 'in', ['success', 'pass']) | map(attribute='node.name')
            | list %}
        {% set failed = results
            | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list %}
        {% if failed %}
            {% do print('Touchledger: ' ~ failed | length ~ ' of ' ~ results | length
                ~ ' steps failed; marts that were not rebuilt are those of the run before.') %}
            {#- The database doesn't say in which file it found damage. -#}
            {% for sentence in ask_python(
                'touchledger_find_damage', {'inputs': input_requests(declared_inputs())}
            ) %}
                {% do print(sentence) %}
            {% endfor %}
        {#- Of a part of the project there is no summary: it would mix two builds. -#}
        {% elif summary_models() | reject('in', built) | list | length == 0 %}
            {% do print(ledger_summary(
                run_query(ledger_totals()).rows[0], run_query(rejected_totals()).rows,
                run_query(top_channels()).rows,
                ask_python('touchledger_notes_of_run', {'run': invocation_id})
            )) %}
        {% endif %}
    {% endif %}
{%- endmacro %}

{% macro summary_models() -%}
    {{ return([
        'base_input_rows', 'fct_channel_performance', 'fct_conversions', 'fct_journeys',
        'input_findings', 'rejected_rows', 'stg_spend', 'stg_touchpoints',
    ]) }}
{%- endmacro %}

{% macro ledger_summary(totals, rejections, tops, notes) -%}
    {%- set row = "  {:<15}{:>15}   {}" -%}
    {%- set lines = [
        'The ledger (dataset ' ~ var('dataset') ~ ', ' ~ (target.path or target.name) ~ ')',
        row.format('touchpoints', '{:,}'.format(totals.touchpoints),
            '{:,} in journeys'.format(totals.touchpoints_in_journeys)),
        row.format('journeys', '{:,}'.format(totals.journeys),
            '{:,} converting, {:,} null'.format(totals.converting, totals.nulls)),
        row.format('conversions', '{:,}'.format(totals.conversions),
            '{:,} credited, {:,} unattributed'.format(
                totals.credited, totals.unattributed)),
        row.format('rejected rows', '{:,}'.format(totals.rejected),
            'see marts.rejected_rows' if totals.rejected else ''),
    ] -%}
    {%- for found in rejections -%}
        {%- do lines.append("    {}: {:,} rows{}: {}{}".format(
            found.table_name, found.row_count,
            ' and {:,.2f} {}'.format(found.money, found.currency).rstrip()
                if found.money else '',
            found.reason,
            ', such as ' ~ found.example if found.example else ''
        )) -%}
    {%- endfor -%}
    {%- do lines.extend([
        row.format('findings', '{:,}'.format(totals.findings),
            'see marts.input_findings' if totals.findings else ''),
        row.format('revenue in', '{:,.2f}'.format(totals.revenue_in),
            '{:,.2f} out, under each model'.format(totals.revenue_out)),
        row.format('spend in', '{:,.2f}'.format(totals.spend_in),
            '{:,.2f} out, under each model'.format(totals.spend_out)),
        '',
        '  top channels by attribution model, of all attributed conversions',
    ]) -%}
    {%- for model, rows in tops | groupby('attribution_model') -%}
        {%- set channels = [] -%}
        {%- for row in rows -%}
            {%- do channels.append('{} {:.1f} %'.format(row.channel[:24], 100 * row.share)) -%}
        {%- endfor -%}
        {%- do lines.append('  {:<20}{}'.format(model, channels | join(', '))) -%}
    {%- endfor -%}
    {%- for note in notes -%}
        {%- do lines.append(('\n  ' if loop.first else '  ') ~ note) -%}
    {%- endfor -%}
    {#- Names of channels come from links, which anybody can write. -#}
    {{ return(ask_python('touchledger_printable_lines', {'lines': lines}) | join('\n')) }}
{%- endmacro %}

{% macro ledger_totals() -%}
    with

    -- The model whose total is furthest from what came in: all must equal it.
    performance as (

        select
            attribution_model,
            {{ exact_sum('attributed_revenue') }} as revenue,
            {{ exact_sum('spend') }} as spend
        from {{ built_relation('fct_channel_performance') }}
        group by attribution_model

    ),

    came_in as (

        select
            (select {{ exact_sum('revenue') }} from {{ built_relation('fct_conversions') }}) as revenue,
            (select {{ exact_sum('spend') }} from {{ built_relation('stg_spend') }}) as spend

    ),

    furthest as (

        select
            max_by(
                performance.revenue, abs(performance.revenue - came_in.revenue)
            ) as revenue,
            max_by(performance.spend, abs(performance.spend - came_in.spend)) as spend
        from performance
        cross join came_in

    )

    select
        (select count(*) from {{ built_relation('stg_touchpoints') }}) as touchpoints,
        (select cast(coalesce(sum(touch_count), 0) as bigint) from {{ built_relation('fct_journeys') }})
            as touchpoints_in_journeys,
        (select count(*) from {{ built_relation('fct_journeys') }}) as journeys,
        (select count(*) from {{ built_relation('fct_journeys') }} where is_converted) as converting,
        (select count(*) from {{ built_relation('fct_journeys') }} where not is_converted) as nulls,
        (select count(*) from {{ built_relation('fct_conversions') }}) as conversions,
        (select count(*) from {{ built_relation('fct_conversions') }} where is_attributed)
            as credited,
        (select count(*) from {{ built_relation('fct_conversions') }} where not is_attributed)
            as unattributed,
        (select count(*) from {{ built_relation('rejected_rows') }}) as rejected,
        (select count(*) from {{ built_relation('input_findings') }}) as findings,
        came_in.revenue as revenue_in,
        came_in.spend as spend_in,
        coalesce(furthest.revenue, 0) as revenue_out,
        coalesce(furthest.spend, 0) as spend_out
    from came_in
    cross join furthest
{%- endmacro %}

{% macro rejected_totals() -%}
    select
        table_name,
        reason,
        currency,
        example,
        row_count,
        coalesce(money, 0) as money
    from {{ built_relation('base_input_rows') }}
    where outcome in ('rejected', 'left_out', 'blanked')
    order by table_name, row_count desc, reason, currency
    limit 20
{%- endmacro %}

{% macro top_channels() -%}
    with

    ranked as (

        select
            attribution_model,
            channel,
            share,
            cast(row_number() over (
                partition by attribution_model order by share desc, channel
            ) as bigint) as rank
        from {{ built_relation('fct_channel_performance') }}
        where share > 0

    )

    select
        attribution_model,
        channel,
        share
    from ranked
    where rank <= 3
    order by attribution_model, rank
{%- endmacro %}

{% macro built_relation(name) -%}
    {#- A hook has no place in the graph, so ref() isn't for it. -#}
    {{ graph.nodes['model.' ~ project_name ~ '.' ~ name].relation_name }}
{%- endmacro %}
