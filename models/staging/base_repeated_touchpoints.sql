{{ config(materialized='table') }}

-- Touchpoint ids that occur more than once, whether stated or made from the row.
with

staged as (

    select * from {{ staged_rows('touchpoints', []) }}

),

repeated as (

    select
        nullif(touchpoint_id, '') as stated_id,
        case when nullif(touchpoint_id, '') is null then row_hash end as id_hash
    from staged
    group by 1, 2
    having count(*) > 1

)

select coalesce(stated_id, {{ hash_as_text('id_hash') }}) as id
from repeated
