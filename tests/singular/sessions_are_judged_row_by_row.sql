{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that each row of a table of sessions is judged, once. Without it, a session
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

rows_judged as (

    select
        row_id,
        count(*) as row_count
    from {{ ref('base_sessions') }}
    group by row_id

)

select
    coalesce(rows_read.row_id, rows_judged.row_id) as row_id,
    rows_read.row_count as rows_read,
    rows_judged.row_count as rows_judged
from rows_read
full outer join rows_judged on rows_read.row_id = rows_judged.row_id
where rows_read.row_count is distinct from rows_judged.row_count
