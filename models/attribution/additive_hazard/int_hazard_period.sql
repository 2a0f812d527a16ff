{{ config(materialized='view') }}

-- From when to when anything was seen of anybody.
with

moments as (

    select occurred_at as moment from {{ ref('int_touchpoints') }}
    union all
    select converted_at as moment from {{ ref('int_conversions') }}

)

select
    min(moment) as first_moment,
    max(moment) as last_moment
from moments
