-- What cuts show, once however many cuts show it: a path of its own to the models of
-- paths. A subpath has the number of its first cut.
select
    min(cut_key) as subpath_key,
    channel_keys
from {{ ref('int_observed_paths') }}
group by channel_keys
