with

truth as (

    select *
    from {{ staged_rows('truth', ['conversion_id', 'touchpoint_id']) }}

)

select
    conversion_id,
    touchpoint_id
from truth
