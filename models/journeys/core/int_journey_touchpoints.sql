{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- The touchpoints of each journey that the path transforms leave, in order.
with

touchpoints as (

    select
        *,
        1 as repeats
    from {{ ref('int_untransformed_touchpoints') }}

),

{{ path_transform_ctes(
    'touchpoints',
    'journey_key',
    [
        'conversion_key', 'channel_key', 'campaign_key', 'touchpoint_id', 'interaction',
        'features', 'cost', 'occurred_at',
    ],
) }}

select
    journey_key,
    position,
    touch_count,
    conversion_key,
    channel_key,
    campaign_key,
    touchpoint_id,
    interaction,
    features,
    cost,
    repeats,
    occurred_at
from transformed
