with

source as (

    select *
    from {{ input_rows() }}

)

select
    *,
    case
        when lower(cast(conversion as varchar)) in ('1', '1.0', 'true', 't', 'yes', 'y')
            then true
        when
            conversion is null
            or lower(cast(conversion as varchar))
            in ('0', '0.0', 'false', 'f', 'no', 'n', '')
            then false
    end as is_conversion
from source
