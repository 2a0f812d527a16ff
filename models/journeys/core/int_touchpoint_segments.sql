-- Users without conversions and without a long gap have one journey: they need no
-- row here. For all others: which journey of the user each touchpoint belongs to.
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

spans as (

    select
        user_key,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from touchpoints
    group by user_key

),

several as (

    select user_key from conversions
    union
    select user_key from spans
    where {{ gap_exceeded('first_at', 'last_at') }}

),

instants as (

    select
        touchpoints.user_key,
        touchpoints.user_position,
        cast(null as bigint) as user_conversion,
        0 as is_conversion,
        touchpoints.occurred_at as happened_at
    from touchpoints
    inner join several on touchpoints.user_key = several.user_key
    union all
    select
        user_key,
        cast(null as bigint) as user_position,
        user_conversion,
        1 as is_conversion,
        converted_at as happened_at
    from conversions

),

-- Numbers of conversions grow with their order, so the next one is the smallest that
-- follows.
next_conversions as (

    select
        user_key,
        user_position,
        is_conversion,
        happened_at,
        min(user_conversion) over (
            partition by user_key
            order by happened_at, is_conversion, user_position, user_conversion
            rows between current row and unbounded following
        ) as next_conversion
    from instants

),

candidates as (

    select
        user_key,
        user_position,
        next_conversion,
        happened_at as occurred_at
    from next_conversions
    where is_conversion = 0

),

converting as (

    select
        candidates.user_key,
        candidates.user_position,
        conversions.conversion_key,
        conversions.user_conversion
    from candidates
    inner join conversions
        on
            candidates.user_key = conversions.user_key
            {% if var('touch_reuse') == 'until_next_conversion' %}
                and candidates.next_conversion = conversions.user_conversion
            {% endif %}
            and {{ in_lookback('candidates.occurred_at', 'conversions.converted_at') }}

),

leading_nowhere as (

    select
        candidates.*,
        lag(candidates.occurred_at) over (
            partition by candidates.user_key order by candidates.user_position
        ) as previous_occurred_at,
        lag(candidates.next_conversion, 1, -1) over (
            partition by candidates.user_key order by candidates.user_position
        ) as previous_conversion
    from candidates
    where not exists (
        select 1 from converting
        where
            candidates.user_key = converting.user_key
            and candidates.user_position = converting.user_position
    )

),

null_segments as (

    select
        user_key,
        user_position,
        -sum(
            case
                when
                    previous_occurred_at is null
                    or next_conversion is distinct from previous_conversion
                    or {{ gap_exceeded('previous_occurred_at', 'occurred_at') }}
                    then 1
                else 0
            end
        ) over (
            partition by user_key
            order by user_position
            rows between unbounded preceding and current row
        ) as segment
    from leading_nowhere

)

-- A conversion's number names its segment; null journeys count down from -1.
select
    user_key,
    user_position,
    conversion_key,
    user_conversion as segment
from converting
union all
select
    user_key,
    user_position,
    cast(null as bigint) as conversion_key,
    cast(segment as bigint) as segment
from null_segments
