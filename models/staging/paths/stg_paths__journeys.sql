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

-- In blocks: a list of all numbers of a path would have to fit into memory at once.
blocks as (

    select
        *,
        {{ each_number(whole_quotient('repeats + 999', '1000')) }} as block
    from kinds

),

repeated as (

    select
        *,
        {{ each_number('least(1000, repeats - 1000 * (block - 1))') }} as place
    from blocks

)

select
    'path-' || path_id
    || case when is_converted then '-conversion-' else '-null-' end
    || cast(1000 * (block - 1) + place as string) as user_id,
    channels,
    revenue,
    is_converted
from repeated
