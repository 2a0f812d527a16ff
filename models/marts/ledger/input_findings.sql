-- What the input has that its owner should look at. Nothing, for a clean input.
with

input_rows as (

    select * from {{ ref('base_input_rows') }}
    where outcome <> 'accepted'

),

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

of_rows as (

    select
        case outcome
            when 'rejected' then 'rejected_rows'
            when 'left_out' then 'left_out_rows'
            when 'blanked' then 'blanked_values'
            else 'repeated_spend'
        end as kind,
        table_name,
        column_name,
        example,
        row_count,
        money,
        nullif(currency, '') as currency,
        reason || case outcome
            when 'rejected' then ': these rows take no part'
            when 'left_out' then ': these rows can be read and take no part'
            when 'blanked' then ': the rows count, without this value'
            else ': the setting spend_duplicates says whether it counts'
        end as advice
    from input_rows

),

-- Rows of one conversion that state amounts of their own.
amounts as (

    select
        conversion_id,
        stated_currency as currency,
        stated_revenue,
        count(*) as row_count,
        max(case when rejection_reason is null then 1 else 0 end) as is_kept
    from {{ ref('base_conversions') }}
    where
        stated_revenue is not null
        and (
            rejection_reason is null
            or rejection_reason = 'conversion_id occurs more than once'
        )
    group by conversion_id, stated_currency, stated_revenue

),

conflicts as (

    select
        conversion_id,
        min(currency) as currency,
        sum(case when is_kept = 0 then stated_revenue else 0 end) as money
    from amounts
    group by conversion_id
    having count(*) > 1

),

of_conflicts as (

    select
        'conflicting_amounts' as kind,
        'conversions' as table_name,
        'revenue' as column_name,
        min(conversion_id) as example,
        count(*) as row_count,
        {{ exact_sum('money') }} as money,
        nullif(currency, '') as currency,
        'rows of one conversion_id state different amounts: that of the oldest counts'
            as advice
    from conflicts
    group by currency

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

untouched as (

    select
        user_id,
        count(*) as row_count,
        {{ exact_sum('revenue') }} as money
    from conversions
    where user_id not in (select touchpoints.user_id from touchpoints)
    group by user_id

),

resembling as (

    select distinct
        untouched.user_id,
        untouched.row_count,
        untouched.money,
        lower(untouched.user_id) = lower(touchpoints.user_id) as is_case_alone
    from untouched
    inner join touchpoints
        on {{ folded('untouched.user_id') }} = {{ folded('touchpoints.user_id') }}

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
            when is_case_alone
                then 'touchpoints have these users in other upper and lower case'
            else 'touchpoints have these users with or without .0 at the end'
        end as advice
    from resembling
    group by is_case_alone

),

found as (

    {% for name in [
        'of_rows', 'of_conflicts', 'spellings', 'paid_alone', 'touched_alone', 'of_users',
    ] -%}
        select * from {{ name }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    kind,
    table_name,
    column_name,
    example,
    cast(row_count as bigint) as row_count,
    money,
    currency,
    advice
from found
