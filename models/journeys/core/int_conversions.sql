-- The conversions that count, numbered within their user in the order of
-- docs/journeys.md.
with

conversions as (

    select * from {{ ref('stg_conversions') }}
    {% if setting('conversion_types') %}
        where conversion_type in ({{ sql_list(setting('conversion_types')) }})
    {% endif %}

),

users as (

    select * from {{ ref('int_users') }}

),

numbered as (

    select
        conversions.*,
        users.user_key,
        cast(row_number() over (
            partition by users.user_key
            order by conversions.converted_at, conversions.conversion_id
        ) as bigint) as user_conversion
    from conversions
    inner join users on conversions.user_id = users.user_id

)

select
    -- The key of the journey that leads to it.
    {{ journey_key('user_key', 'user_conversion') }} as conversion_key,
    user_key,
    user_conversion,
    conversion_id,
    user_id,
    conversion_type,
    revenue,
    converted_at
from numbered
