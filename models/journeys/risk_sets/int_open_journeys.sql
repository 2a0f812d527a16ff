{{ config(materialized='view') }}

-- Null journeys that could still convert when the data ends.
select journey_key
from {{ ref('int_risk_set_samples') }}
where is_open
