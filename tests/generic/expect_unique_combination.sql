{% test expect_unique_combination(model, columns) %}

-- Integers group several times as fast as texts, in a fraction of the memory. So hashes
-- are counted first, and only rows whose hash repeats are compared by their values.
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
