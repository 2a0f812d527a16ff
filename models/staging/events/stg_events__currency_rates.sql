with

source as (

    select *
    from {{ input_rows() }}

)

select
    currency,
    rate,
    rate_date
from source
