-- Guards that bad input never fails silently: of every source, the rows that were read
-- are the rows that take part plus the rows in rejected_rows. Without it, a row that a
-- filter or a join swallowed would be missed by nobody.
{% set tables = {
    'touchpoints': 'stg_touchpoints',
    'conversions': 'stg_conversions',
    'spend': 'stg_spend',
    'user_profiles': 'stg_user_profiles',
    'currency_rates': 'stg_currency_rates',
} -%}
with

{% for table in tables -%}
    staged_{{ table }} as (

        -- The hash reads all columns: a scan that needs none skips the checks of a row.
        select count(row_hash) as row_count
        from {{ staged_rows(table, ['row_hash']) }}

    ),

{% endfor -%}
staged as (

    {% for table in tables -%}
        select
            '{{ table }}' as source,
            row_count
        from staged_{{ table }}
        union all
    {% endfor -%}
    -- Lines that can't be split into columns aren't among the staged rows.
    select
        source,
        count(*) as row_count
    from {{ ref('base_malformed_rows') }}
    group by source

),

accepted as (

    {% for table, model in tables.items() -%}
        select
            '{{ table }}' as source,
            count(*) as row_count
        from {{ ref(model) }}
        {% if table == 'spend' -%}
            -- Without a table of spend, it holds the cost of touchpoints.
            where (select staged_spend.row_count from staged_spend) > 0
        {% endif -%}
        union all
    {% endfor -%}
    -- A refund is a row of conversions.
    select
        'conversions' as source,
        count(*) as row_count
    from {{ ref('stg_refunds') }}

),

rejected as (

    select
        source,
        count(*) as row_count
    from {{ ref('rejected_rows') }}
    group by source

),

counted as (

    select
        source,
        row_count as rows_read,
        0 as rows_decided
    from staged
    union all
    select
        source,
        0 as rows_read,
        row_count as rows_decided
    from accepted
    union all
    select
        source,
        0 as rows_read,
        row_count as rows_decided
    from rejected

)

select
    source,
    sum(rows_read) as rows_read,
    sum(rows_decided) as rows_accepted_or_rejected
from counted
group by source
having sum(rows_read) <> sum(rows_decided)
