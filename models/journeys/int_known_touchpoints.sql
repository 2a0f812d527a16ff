{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- What the path transforms leave of the touchpoints that are known at a cut. They see
-- no further than the cut: of a whole null journey they would know what came later.
with

cuts as (

    select * from {{ ref('int_journey_cuts') }}

),

touchpoints as (

    select * from {{ ref('int_untransformed_touchpoints') }}

),

known as (

    select
        cuts.cut_key,
        cuts.journey_key,
        touchpoints.position - cuts.first_position + 1 as position,
        cuts.last_position - cuts.first_position + 1 as touch_count,
        touchpoints.channel_key,
        touchpoints.campaign_key,
        touchpoints.interaction,
        touchpoints.features,
        touchpoints.cost,
        1 as repeats,
        touchpoints.occurred_at,
        cuts.cut_at,
        cuts.stands_until
    from cuts
    inner join touchpoints
        on
            cuts.journey_key = touchpoints.journey_key
            and touchpoints.position between cuts.first_position and cuts.last_position

),

{{ path_transform_ctes(
    'known',
    'cut_key',
    [
        'journey_key', 'channel_key', 'campaign_key', 'interaction', 'features', 'cost',
        'occurred_at', 'cut_at', 'stands_until',
    ],
) }}

select
    cut_key,
    journey_key,
    position as place,
    touch_count,
    channel_key,
    campaign_key,
    interaction,
    features,
    cost,
    occurred_at,
    cut_at,
    stands_until
from transformed
