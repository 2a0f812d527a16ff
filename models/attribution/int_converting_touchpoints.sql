-- The touchpoints that share credit: those of converting journeys.
select *
from {{ ref('int_journey_touchpoints') }}
where conversion_key is not null
