-- The channels that each snapshot shows, in order: without path transforms a slice of
-- the path of its journey, after the end of the one before where it reaches back. What
-- several snapshots show is a path of its own to the models of paths: a subpath, which
-- has the number of its first snapshot, and its channels there.
{%- set are_transformed = setting('path_transforms') | length > 0 %}
with

journey_paths as (

    select
        journey_paths.journey_key,
        paths.channel_keys
    from {{ ref('int_journey_paths') }} as journey_paths
    inner join {{ ref('int_paths') }} as paths
        on journey_paths.path_key = paths.path_key

),

sliced as (

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
    where {{ 'false' if are_transformed else 'true' }}

),

transformed as (

    select
        snapshot_key,
        {{ ordered_list('channel_key', 'position') }} as channel_keys
    from {{ ref('int_observed_touchpoints') }}
    where {{ 'true' if are_transformed else 'false' }}
    group by snapshot_key

),

shown as (

    select * from sliced
    union all
    select * from transformed

),

subpaths as (

    select
        min(snapshot_key) as subpath_key,
        channel_keys
    from shown
    group by channel_keys

)

select
    shown.snapshot_key,
    subpaths.subpath_key,
    case
        when shown.snapshot_key = subpaths.subpath_key then subpaths.channel_keys
    end as channel_keys
from shown
inner join subpaths on shown.channel_keys = subpaths.channel_keys
