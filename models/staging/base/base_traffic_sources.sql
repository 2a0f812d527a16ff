{{ config(materialized='table') }}

-- Which source stands behind a name: the longest domain of the seed that the name is or
-- lies under. A `*` at the end of a domain stands for `com`, `de`, `co.uk` and so on.
with

origins as (

    select * from {{ ref('base_session_origins') }}

),

known as (

    select
        domain,
        source,
        {{ null_if_blank('category') }} as category,
        {{ null_if_blank('medium') }} as medium
    from {{ session_rules('traffic_sources') }}

),

names as (

    select origin as name from origins
    union
    select referrer_host as name from origins
    where referrer_host is not null

),

-- The seed has no domain of more than five parts.
domains as (

    {% for parts in [5, 4, 3, 2] -%}
        select
            name,
            {{ parts }} as parts,
            regexp_extract(name, '([^.]+[.]){1,{{ parts - 1 }}}[^.]+$', 0) as domain
        from names
        where name like '%.%'
        union all
    {% endfor -%}
    select
        name,
        1 as parts,
        name as domain
    from names
    where name not like '%.%'

),

candidates as (

    select
        name,
        parts,
        0 as is_shortened,
        domain
    from domains
    union all
    select
        name,
        parts,
        1 as is_shortened,
        regexp_replace(domain, '[.](com?[.])?[a-z]{2,3}$', '.*') as domain
    from domains

),

ranked as (

    select
        candidates.name,
        known.source,
        known.category,
        known.medium,
        cast(row_number() over (
            partition by candidates.name
            order by
                candidates.parts desc,
                candidates.is_shortened asc,
                known.domain asc
        ) as bigint) as rank
    from candidates
    inner join known on candidates.domain = known.domain

)

select
    names.name,
    coalesce(ranked.source, names.name) as source,
    ranked.category,
    coalesce(ranked.medium, 'referral') as medium
from names
left join ranked on names.name = ranked.name and ranked.rank = 1
