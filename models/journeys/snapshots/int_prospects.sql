{{ config(materialized='view') }}

-- Users without a conversion have touchpoints in all of their journeys.
with

journeys as (

    select * from {{ ref('int_journeys') }}

)

select
    user_key,
    max_by(journey_key, first_user_position) as journey_key
from journeys
group by user_key
having count(conversion_key) = 0
