-- Guards that the reader doesn't lose rows by itself: of every table, the rows that its
-- files hold, counted by their line ends apart from the reader, are the rows that were
-- read plus the lines that aren't rows. Without it, a reader that ends too early would
-- leave a green build of less than the input.
{% set tables = {
    'events': {
        'touchpoints': 'base_touchpoints',
        'conversions': 'base_conversions',
        'spend': 'base_spend',
        'user_profiles': 'base_user_profiles',
        'currency_rates': 'base_currency_rates',
    },
    'stream': {'stream': 'base_touchpoints', 'spend': 'base_spend'},
    'sessions': {'sessions': 'base_sessions'},
    'criteo': {'criteo_attribution_dataset': 'base_touchpoints'},
    'paths': {'paths': 'stg_paths__paths'},
}.get(dataset_folder(), {}) -%}
with

files as (

    select
        table_name,
        sum(row_count) as row_count
    from {{ ref('input_files') }}
    group by table_name

),

counted as (

    {% for table, model in tables.items() -%}
        select
            '{{ table }}' as table_name,
            -- A scan that needs no column skips the checks of a row.
            count({{ 'path_id' if table == 'paths' else '*' }}) as row_count
        from {{ ref(model) }}
        union all
    {% endfor -%}
    select
        source as table_name,
        count(*) as row_count
    from {{ ref('base_malformed_rows') }}
    group by source

),

read_rows as (

    select
        table_name,
        sum(row_count) as row_count
    from counted
    group by table_name

)

select
    files.table_name,
    files.row_count as rows_of_files,
    read_rows.row_count as rows_read
from files
inner join read_rows on files.table_name = read_rows.table_name
where files.row_count <> read_rows.row_count
