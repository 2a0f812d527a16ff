with

source as (

    select *
    from {{ input_rows(ref('demo_user_profiles') if var('dataset') == 'demo') }}

)

select *
from source
