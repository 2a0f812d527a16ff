-- Guards that every touchpoint that takes part is in exactly one journey; with
-- touch_reuse every_conversion, in at least one. Without it, a contact could earn
-- twice, or a user's silent contacts could vanish and every conversion rate would rise.
--
-- Path transforms drop touchpoints on purpose. So touchpoints are counted as each
-- journey found them, before the transforms, and identities are looked at among those
-- that remain.
{% set is_reused = var('touch_reuse') == 'every_conversion' -%}
{% set is_shortened = var('path_transforms') != [] -%}
with

taking_part as (

    select count(*) as touchpoints
    from {{ ref('stg_touchpoints') }}
    where
        true
        {% if var('channels_to_include') %}
            and channel in ({{ sql_list(var('channels_to_include')) }})
        {% endif %}
        {% if var('channels_to_exclude') %}
            and channel not in ({{ sql_list(var('channels_to_exclude')) }})
        {% endif %}

),

found as (

    select coalesce(sum(untransformed_touch_count), 0) as touchpoints
    from {{ ref('int_journeys') }}

),

placed as (

    select
        touchpoint_id,
        count(*) as journeys
    from {{ ref('int_journey_touchpoints') }}
    group by touchpoint_id

),

distinctly_placed as (

    select
        count(*) as touchpoints,
        coalesce(max(journeys), 0) as most_journeys
    from placed

)

select
    taking_part.touchpoints as taking_part,
    found.touchpoints as found_by_journeys,
    distinctly_placed.touchpoints as left_by_transforms,
    distinctly_placed.most_journeys
from taking_part
cross join found
cross join distinctly_placed
where
    found.touchpoints < taking_part.touchpoints
    or distinctly_placed.touchpoints > taking_part.touchpoints
    or (not {{ is_reused }} and found.touchpoints > taking_part.touchpoints)
    or (not {{ is_reused }} and distinctly_placed.most_journeys > 1)
    or (
        not {{ is_shortened }}
        and distinctly_placed.touchpoints < taking_part.touchpoints
    )
