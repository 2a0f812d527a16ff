select
    snapshots.snapshot_key,
    subpaths.subpath_key
from {{ ref('int_observed_paths') }} as snapshots
inner join {{ ref('int_path_subpaths') }} as subpaths
    on snapshots.channel_keys = subpaths.channel_keys
