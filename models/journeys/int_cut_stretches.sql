select
    cuts.cut_key,
    stretches.stretch_key
from {{ ref('int_shown_paths') }} as cuts
inner join {{ ref('int_path_stretches') }} as stretches
    on cuts.channel_keys = stretches.channel_keys
