with

source as (

    select *
    from {{ input_rows(ref('demo_truth') if var('dataset') == 'demo') }}

)

select
    conversion_id,
    touchpoint_id
from source
