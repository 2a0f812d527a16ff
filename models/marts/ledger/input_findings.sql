-- What the input has that its owner should look at. Nothing, for a clean input.
with

input_rows as (

    select * from {{ ref('base_input_rows') }}
    where outcome <> 'accepted'

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
        and not is_refund
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

found as (

    select * from of_rows
    union all
    select * from of_conflicts
    union all
    select * from {{ ref('base_name_findings') }}

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
