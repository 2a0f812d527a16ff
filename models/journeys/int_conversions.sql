-- The conversions that count, numbered in the order of docs/journeys.md.
with

conversions as (

    select * from {{ ref('stg_conversions') }}
    {% if setting('conversion_types') %}
        where conversion_type in ({{ texts(setting('conversion_types')) }})
    {% endif %}

),

users as (

    select * from {{ ref('int_users') }}

)

select
    cast(row_number() over (
        order by users.user_key, conversions.converted_at, conversions.conversion_id
    ) as bigint) as conversion_key,
    users.user_key,
    conversions.conversion_id,
    conversions.user_id,
    conversions.conversion_type,
    conversions.revenue,
    conversions.converted_at
from conversions
inner join users on conversions.user_id = users.user_id
