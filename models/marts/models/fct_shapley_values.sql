with

shapley_values as (

    select * from {{ ref('int_shapley_values') }}

),

channels as (

    select distinct
        channel_key,
        channel
    from {{ ref('int_campaigns') }}

)

select
    channels.channel,
    shapley_values.shapley_value,
    shapley_values.standard_error,
    shapley_values.share,
    shapley_values.attributed_conversions,
    shapley_values.attributed_revenue,
    shapley_values.is_exact
from shapley_values
inner join channels on shapley_values.channel_key = channels.channel_key
