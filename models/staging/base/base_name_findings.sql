{{ config(materialized='table') }}

-- Names that may be one, and names of spend that no touchpoint has.
with

touchpoints as (

    select * from {{ ref('stg_touchpoints') }}

),

conversions as (

    select * from {{ ref('stg_conversions') }}

),

spend as (

    select * from {{ ref('base_spend') }}
    where rejection_reason is null

),

touched as (

    select distinct channel from touchpoints

),

paid as (

    select
        channel,
        count(*) as row_count,
        {{ exact_sum('spend') }} as money
    from spend
    group by channel

),

channels as (

    select channel from touched
    union
    select channel from paid

),

-- Names that a person takes for one.
spellings as (

    select
        'channel_spellings' as kind,
        case when count(touched.channel) = count(*) then 'touchpoints' else 'spend' end
            as table_name,
        'channel' as column_name,
        {{ joined_text(ordered_texts('channels.channel', 'channels.channel'), ', ') }}
            as example,
        count(*) as row_count,
        cast(null as double) as money,
        cast(null as string) as currency,
        'these names may be one channel: give it one spelling' as advice
    from channels
    left join touched on channels.channel = touched.channel
    group by {{ folded('channels.channel') }}
    having count(*) > 1

),

paid_alone as (

    select
        'spend_without_touchpoints' as kind,
        'spend' as table_name,
        'channel' as column_name,
        channel as example,
        row_count,
        money,
        cast(null as string) as currency,
        'no touchpoint has this channel, so its spend earns nothing' as advice
    from paid
    where channel not in (select touched.channel from touched)

),

-- Channels that cost nothing are common. Where spend has names that no touchpoint has,
-- the two may be the same channels.
touched_alone as (

    select
        'touchpoints_without_spend' as kind,
        'touchpoints' as table_name,
        'channel' as column_name,
        channel as example,
        cast(null as bigint) as row_count,
        cast(null as double) as money,
        cast(null as string) as currency,
        'spend names channels that no touchpoint has: is this one of them?' as advice
    from touched
    where
        channel not in (select paid.channel from paid)
        and exists (select 1 from paid_alone)

),

touched_users as (

    select distinct user_id from touchpoints

),

untouched as (

    select
        conversions.user_id,
        count(*) as row_count,
        {{ exact_sum('conversions.revenue') }} as money
    from conversions
    left join touched_users on conversions.user_id = touched_users.user_id
    where conversions.user_id is not null and touched_users.user_id is null
    group by conversions.user_id

),

resembling as (

    select
        untouched.user_id,
        max(untouched.money) as money,
        max(
            case
                when lower(untouched.user_id) = lower(touched_users.user_id) then 1
                else 0
            end
        ) as is_case_alone
    from untouched
    inner join touched_users
        on {{ folded('untouched.user_id') }} = {{ folded('touched_users.user_id') }}
    group by untouched.user_id

),

of_users as (

    select
        'user_spellings' as kind,
        'conversions' as table_name,
        'user_id' as column_name,
        min(user_id) as example,
        count(*) as row_count,
        {{ exact_sum('money') }} as money,
        cast(null as string) as currency,
        case
            when is_case_alone = 1
                then 'touchpoints have these users in other upper and lower case'
            else 'touchpoints have these users with or without .0 at the end'
        end as advice
    from resembling
    group by is_case_alone

),

found as (

    {% for name in ['spellings', 'paid_alone', 'touched_alone', 'of_users'] -%}
        select * from {{ name }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from found
