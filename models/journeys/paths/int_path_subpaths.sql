-- What snapshots show, once however many snapshots show it: a path of its own to the
-- models of paths. A subpath has the number of its first snapshot.
select
    min(snapshot_key) as subpath_key,
    channel_keys
from {{ ref('int_observed_paths') }}
group by channel_keys
