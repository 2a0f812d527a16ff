with

source as (

    select *
    from {{ input_rows() }}

)

select
    *,
    {{ flag('conversion') }} as is_conversion
from source
