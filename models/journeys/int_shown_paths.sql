-- depends_on: {{ ref('int_known_touchpoints') }}
-- depends_on: {{ ref('int_journey_paths') }}
-- depends_on: {{ ref('int_paths') }}
{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- The channels that each cut shows, in order: without path transforms a slice of the
-- path of its journey.
{% if setting('path_transforms') -%}
    select
        cut_key,
        {{ ordered_list('channel_key', 'place') }} as channel_keys
    from {{ ref('int_known_touchpoints') }}
    group by cut_key
{%- else -%}
    select
        cuts.cut_key,
        list_slice(
            paths.channel_keys, cuts.first_position, cuts.last_position
        ) as channel_keys
    from {{ ref('int_journey_cuts') }} as cuts
    inner join {{ ref('int_journey_paths') }} as journey_paths
        on cuts.journey_key = journey_paths.journey_key
    inner join {{ ref('int_paths') }} as paths
        on journey_paths.path_key = paths.path_key
{%- endif %}
