{% test expect_unique_combination(model, columns) %}

-- Grouping by a hash takes half the memory of grouping by several texts. Similar texts
-- may share a hash, so rows whose hash repeats are then compared by their values.
with

repeated_hashes as (

    select {{ hash_of(columns) }} as row_hash
    from {{ model }}
    group by row_hash
    having count(*) > 1

)

select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
where {{ hash_of(columns) }} in (select row_hash from repeated_hashes)
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
