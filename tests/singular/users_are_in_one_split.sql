-- Guards that fitted models are evaluated on users they never saw: no user has journeys
-- in two splits that are used, and every journey has a split. Without it, a model could
-- score well by knowing its users again, and journeys without a split would train and
-- evaluate nothing without a word.
select
    journeys.user_id,
    min(nullif(journeys.split, 'unused')) as one_split,
    max(nullif(journeys.split, 'unused')) as another_split,
    count(*) as journeys,
    count(journeys.split) as journeys_with_a_split
from {{ ref('int_journeys') }} as taking_part
left join {{ ref('journeys') }} as journeys
    on taking_part.journey_key = journeys.journey_key
group by journeys.user_id
having
    min(nullif(journeys.split, 'unused')) <> max(nullif(journeys.split, 'unused'))
    or count(journeys.split) < count(*)
