-- depends_on: {{ ref('int_observed_touchpoints') }}
-- depends_on: {{ ref('int_journey_paths') }}
-- depends_on: {{ ref('int_paths') }}
{{ config(materialized='table' if setting('path_transforms') else 'view') }}

-- The channels that each snapshot shows, in order: without path transforms a slice of
-- the path of its journey, after the end of the one before where it reaches back.
{% if setting('path_transforms') -%}
    select
        snapshot_key,
        {{ ordered_list('channel_key', 'position') }} as channel_keys
    from {{ ref('int_observed_touchpoints') }}
    group by snapshot_key
{%- else -%}
    with

    journey_paths as (

        select
            journey_paths.journey_key,
            paths.channel_keys
        from {{ ref('int_journey_paths') }} as journey_paths
        inner join {{ ref('int_paths') }} as paths
            on journey_paths.path_key = paths.path_key

    )

    select
        snapshots.snapshot_key,
        {{ lists_joined(
            list_part(
                'earlier.channel_keys',
                list_length('earlier.channel_keys') ~ ' + snapshots.first_position',
                list_length('earlier.channel_keys')
            ),
            list_part(
                'shown.channel_keys',
                'greatest(snapshots.first_position, 1)',
                'snapshots.last_position'
            )
        ) }} as channel_keys
    from {{ ref('int_journey_snapshots') }} as snapshots
    inner join journey_paths as shown on snapshots.journey_key = shown.journey_key
    left join journey_paths as earlier
        on snapshots.earlier_journey_key = earlier.journey_key
{%- endif %}
