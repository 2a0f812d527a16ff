{{ config(
    materialized='table',
    post_hook={"sql": "{{ stop_at_rejected_share() }}", "transaction": false}
) }}

-- What became of the rows of the input, in rows and in money. Where too much of a table
-- is rejected, the run ends here: no mart has been replaced yet.
with

{% set amounts = {
    'touchpoints': 'stated_cost',
    'conversions': 'stated_revenue',
    'spend': 'stated_spend',
    'user_profiles': none,
    'currency_rates': none,
} -%}
{% set unreadable = {
    'touchpoints': ['cost'],
    'conversions': ['revenue'],
    'spend': ['impressions', 'clicks'],
} -%}
decided as (

    {% for table, amount in amounts.items()
        if not (table == 'conversions' and dataset_folder() == 'paths') -%}
        select
            '{{ table }}' as table_name,
            rejection_reason,
            {{ 'stated_currency' if amount else "''" }} as currency,
            rejected_value,
            {{ 'case when ' ~ is_finite(amount) ~ ' then ' ~ amount ~ ' end'
                if amount else 'cast(null as double)' }} as amount
        from {{ ref('base_' ~ table) }}
        union all
    {% endfor -%}
    {% if dataset_folder() == 'paths' -%}
        -- A path is a row, however many conversions it stands for.
        select
            'conversions' as table_name,
            problem as rejection_reason,
            '' as currency,
            path as rejected_value,
            case when {{ is_finite('conversion_value') }} then conversion_value end
                as amount
        from {{ ref('stg_paths__paths') }}
        union all
    {% endif -%}
    -- A file that is touchpoints and conversions at once counts as touchpoints.
    select
        case
            when source in ({{ sql_list(amounts.keys() | list) }}) then source
            when source = 'paths' then 'conversions'
            else 'touchpoints'
        end as table_name,
        rejection_reason,
        '' as currency,
        row_key as rejected_value,
        cast(null as double) as amount
    from {{ ref('base_malformed_rows') }}

),

counted as (

    select
        table_name,
        rejection_reason as reason,
        currency,
        case
            when rejection_reason is null then 'accepted'
            when {{ breaks_contract('rejection_reason') }} then 'rejected'
            else 'left_out'
        end as outcome,
        count(*) as row_count,
        {{ exact_sum('amount') }} as money,
        {{ exact_sum('abs(amount)') }} as gross_money,
        min(rejected_value) as example,
        count(rejected_value) as value_count,
        count(distinct {{ form_of('rejected_value') }}) as form_count
    from decided
    group by table_name, rejection_reason, currency

),

-- A report that was imported twice.
repeated as (

    select
        stated_currency as currency,
        cast(spend_date as string) || ' ' || channel as example,
        stated_spend as amount
    from {{ ref('base_spend') }}
    where rejection_reason is null and is_repeated

),

blanked as (

    {% for table, columns in unreadable.items() -%}
        {% for column in columns -%}
            select
                '{{ table }}' as table_name,
                '{{ column }}' as column_name,
                stated_currency as currency,
                unreadable_{{ column }} as unreadable_value
            from {{ ref('base_' ~ table) }}
            where rejection_reason is null and unreadable_{{ column }} is not null
            {% if not loop.last %}union all{% endif %}
        {% endfor %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    table_name,
    outcome,
    reason,
    case
        when reason not like 'the %' and reason not like '% is no touchpoint'
            then regexp_extract(reason, '^[a-z_]+', 0)
    end as column_name,
    currency,
    example,
    row_count,
    value_count,
    form_count,
    money,
    gross_money
from counted
union all
select
    table_name,
    'blanked' as outcome,
    column_name || ' can''t be read' as reason,
    column_name,
    currency,
    min(unreadable_value) as example,
    count(*) as row_count,
    count(*) as value_count,
    count(distinct {{ form_of('unreadable_value') }}) as form_count,
    cast(null as double) as money,
    cast(null as double) as gross_money
from blanked
group by table_name, column_name, currency
union all
select
    'spend' as table_name,
    'repeated' as outcome,
    'spend is equal to that of another row' as reason,
    'spend' as column_name,
    currency,
    min(example) as example,
    count(*) as row_count,
    count(*) as value_count,
    count(*) as form_count,
    {{ exact_sum('amount') }} as money,
    {{ exact_sum('abs(amount)') }} as gross_money
from repeated
group by currency
