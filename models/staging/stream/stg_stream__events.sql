with

source as (

    select *
    from {{ input_rows() }}

)

select
    *,
    {{ parse_boolean('conversion') }} as is_conversion
from source
