{{ config(materialized='view') }}

-- Null journeys that could still convert when the data ends.
select journey_key
from {{ ref('int_null_journey_draws') }}
where is_open
