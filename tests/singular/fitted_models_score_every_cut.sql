-- Guards that each fit scores every cut, and no other, once and with a chance between 0
-- and 1. Without it, cuts that a chunk forgot would drop out of the comparison of
-- models.
with

fits as (

    {% for name in fitted_models() -%}
        select fitted_model from {{ ref('int_' ~ name ~ '_fit') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

scores as (

    {% for name in fitted_models() -%}
        select
            '{{ name }}' as fitted_model,
            cut_key,
            conversion_probability
        from {{ ref('int_' ~ name ~ '_scores') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

expected as (

    select
        fits.fitted_model,
        cuts.cut_key
    from {{ ref('int_journey_cuts') }} as cuts
    cross join fits

),

counted as (

    select
        fitted_model,
        cut_key,
        count(*) as scores,
        min(conversion_probability) as lowest,
        max(conversion_probability) as highest
    from scores
    group by fitted_model, cut_key

)

select
    coalesce(expected.fitted_model, counted.fitted_model) as fitted_model,
    coalesce(expected.cut_key, counted.cut_key) as cut_key,
    counted.scores,
    counted.lowest,
    counted.highest
from expected
full outer join counted
    on
        expected.fitted_model = counted.fitted_model
        and expected.cut_key = counted.cut_key
where
    expected.cut_key is null
    or coalesce(counted.scores, 0) <> 1
    or not coalesce(counted.lowest >= 0 and counted.highest <= 1, false)
