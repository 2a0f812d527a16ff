{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that each row of a table of sessions is evaluated, once. Without it, a session
-- whose source or channel a join doesn't find, such as one without utm fields, would
-- disappear before anybody could reject it.
with

rows_read as (

    select
        {{ hash_as_text('row_hash') }} as row_id,
        count(*) as row_count
    from {{ ref('stg_sessions__sessions') }}
    group by row_hash

),

rows_evaluated as (

    select
        row_id,
        count(*) as row_count
    from {{ ref('base_sessions') }}
    group by row_id

)

select
    coalesce(rows_read.row_id, rows_evaluated.row_id) as row_id,
    rows_read.row_count as rows_read,
    rows_evaluated.row_count as rows_evaluated
from rows_read
full outer join rows_evaluated on rows_read.row_id = rows_evaluated.row_id
where rows_read.row_count is distinct from rows_evaluated.row_count
