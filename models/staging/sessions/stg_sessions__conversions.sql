-- A session whose flag can't be read is kept here to be rejected, never guessed.
with

sessions as (

    select * from {{ ref('base_sessions') }}

)

select
    session_id as conversion_id,
    user_id,
    cast(null as string) as conversion_type,
    cast(null as string) as currency,
    cast(null as string) as refunded_conversion_id,
    cast(null as string) as is_new_customer,
    row_id as row_hash,
    conversion_value as revenue,
    -- The instant of the touchpoint, so that the session belongs to its own journey.
    false as is_date_alone,
    raw_started_at as converted_at,
    coalesce(
        problem,
        case when is_conversion is null then 'conversion is not a flag (0 or 1)' end
    ) as problem
from sessions
where is_conversion or is_conversion is null
