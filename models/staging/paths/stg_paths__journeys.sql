-- Each path stands for many users: one for each conversion and one for each null.
with

paths as (

    select * from {{ ref('stg_paths__paths') }}
    where problem is null

),

kinds as (

    select
        path_id,
        channels,
        true as is_converted,
        cast(conversions as bigint) as repeats,
        conversion_value / nullif(conversions, 0) as revenue
    from paths
    union all
    select
        path_id,
        channels,
        false as is_converted,
        cast(nulls as bigint) as repeats,
        null as revenue
    from paths

),

repeated as (

    select
        *,
        {{ each_number('repeats') }} as repeat_number
    from kinds

)

select
    'path-' || path_id
    || case when is_converted then '-conversion-' else '-null-' end
    || cast(repeat_number as string) as user_id,
    channels,
    revenue,
    is_converted
from repeated
