with

source as (

    select *
    from {{ input_rows() }}

)

select
    currency,
    row_hash,
    rate,
    rate_date
from source
