{{ config(materialized='table') }}

-- Every user profile of the input, with the reason why it can't be used, if any.
with

staged as (

    select
        {{ all_but(['user_id']) }},
        {{ null_if_blank('user_id') }} as user_id
    from {{ staged_rows('user_profiles', ['user_id', 'row_hash']) }}

),

counted as (

    select
        *,
        cast(row_number() over (
            partition by user_id
            order by row_hash
        ) as bigint) as occurrence
    from staged

)

-- Attributes pass whatever their names are.
select
    {{ all_but(['row_hash', 'occurrence']) }}, -- noqa: AM04
    case
        {{ text_rules('user_id') }}
        when occurrence > 1 then 'user_id occurs more than once'
    end as rejection_reason,
    {{ row_key(['user_id']) }} as row_key,
    cast(null as string) as rejected_value
from counted
