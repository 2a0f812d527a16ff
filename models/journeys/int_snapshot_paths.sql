select
    cuts.cut_key,
    subpaths.subpath_key
from {{ ref('int_observed_paths') }} as cuts
inner join {{ ref('int_path_subpaths') }} as subpaths
    on cuts.channel_keys = subpaths.channel_keys
