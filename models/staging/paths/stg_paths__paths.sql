with

source as (

    select *
    from {{ input_rows() }}

),

typed as (

    select
        path,
        row_hash,
        -- A path may have several rows.
        {{ hash_as_text(hash_of(['path'])) }} || '-'
        || cast(row_number() over (partition by path order by row_hash) as string)
            as path_id,
        {{ split_path('path') }} as channels,
        try_cast(total_conversions as double) as conversions,
        case when total_null is null then 0 else try_cast(total_null as double) end
            as nulls,
        case
            when total_conversion_value is null then 0
            else try_cast(total_conversion_value as double)
        end as conversion_value
    from source

)

select
    *,
    case
        when path is null then 'path is missing'
        when array_contains(channels, '')
            then 'path has an empty channel'
        when
            conversions is null or conversions < 0 or conversions % 1 <> 0
            or conversions > 1e7
            then 'total_conversions is not a whole number from 0 to 1e7'
        when nulls is null or nulls < 0 or nulls % 1 <> 0 or nulls > 1e7
            then 'total_null is not a whole number from 0 to 1e7'
        when
            conversion_value is null or conversion_value < 0
            or not {{ is_finite('conversion_value') }}
            then 'total_conversion_value is not a number of at least 0'
    end as problem,
    -- The amount alone is wrong: the path's null journeys are as real as others.
    case
        when conversions = 0 and conversion_value > 0
            then 'total_conversion_value has no conversion'
    end as value_problem
from typed
