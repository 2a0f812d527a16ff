-- Guards that fitted models are evaluated on users they never saw: no user has journeys
-- in two splits that are used, and every journey has a split. Without it, a model could
-- score well by knowing its users again, and journeys without a split would train and
-- evaluate nothing without a word.
select
    journeys.user_key,
    min(nullif(splits.split, 'unused')) as one_split,
    max(nullif(splits.split, 'unused')) as another_split,
    count(*) as journeys,
    count(splits.split) as journeys_with_a_split
from {{ ref('int_journeys') }} as journeys
left join {{ ref('int_journey_splits') }} as splits
    on journeys.journey_key = splits.journey_key
group by journeys.user_key
having
    min(nullif(splits.split, 'unused')) <> max(nullif(splits.split, 'unused'))
    or count(splits.split) < count(*)
