{% macro time_form(value, forms) -%}
    case
        when {{ value }} = '' or {{ value }} is null then null
        {%- for form, pattern in forms.items() %}
            when {{ matches_pattern(value, pattern) }} then '{{ form }}'
                {%- if form == 'zone' %} || ':' || {{ named_zone(value) }}{% endif %}
        {%- endfor %}
        else 'other'
    end
{%- endmacro %}

{% macro named_zone(value) -%}
    regexp_extract({{ value }}, '[A-Za-z][A-Za-z0-9/_+-]*$', 0)
{%- endmacro %}

{% macro read_time(value, reading, kind) -%}
    {#- A text that every engine writes for the time in UTC; the text itself where it
        can't be read, so that its row is rejected with it. -#}
    {%- set forms = reading.forms -%}
    {%- set is_shifted = var('input_time_zone') != 'UTC' and kind != 'date' -%}
    {%- if reading.is_uniform and forms.keys() | first == 'plain' and not is_shifted -%}
        {{ return(value) }}
    {%- endif -%}
    {%- if not forms and not reading.format -%}
        {{ return(value) }}
    {%- endif -%}
    {%- set read = namespace(sql='') -%}
    {%- if reading.is_uniform -%}
        {%- set form = forms.keys() | first -%}
        {%- set read.sql = time_of_form(value, form, reading, kind) -%}
    {%- else -%}
        {%- set cases = [] -%}
        {%- if reading.format -%}
            {%- set stated = parse_time(value, reading) -%}
            {%- do cases.append('when ' ~ stated ~ ' is not null then '
                ~ placed_time(stated, 'formatted', reading, kind)) -%}
        {%- endif -%}
        {%- for form, pattern in forms.items() -%}
            {%- do cases.append('when ' ~ matches_pattern(value, pattern) ~ ' then '
                ~ time_of_form(value, form, reading, kind)) -%}
        {%- endfor -%}
        {%- set read.sql = 'case ' ~ cases | join(' ') ~ ' end' -%}
    {%- endif -%}
    {{ return('coalesce(cast(' ~ read.sql ~ ' as string), ' ~ value ~ ')') }}
{%- endmacro %}

{% macro time_of_form(value, form, reading, kind) -%}
    {%- set local = text_as_time("replace(" ~ value ~ ", '/', '-')") -%}
    {%- if form in ('epoch_s', 'epoch_ms') -%}
        {%- set scale = {'epoch_s': '1e6', 'epoch_ms': '1e3'}[form] -%}
        {%- set time = counted_time(
            'round(try_cast(' ~ value ~ ' as double) * ' ~ scale ~ ')'
        ) -%}
    {%- elif form in ('epoch_us', 'epoch_ns') -%}
        {%- set whole = 'try_cast(try_cast(' ~ value ~ ' as decimal(38, 0)) as bigint)' -%}
        {%- set time = counted_time(
            whole if form == 'epoch_us' else whole_quotient(whole, '1000')
        ) -%}
    {%- elif form == 'compact_date' -%}
        {%- set time = text_as_time(spelled_day(value)) -%}
    {%- elif form in ('compact', 'compact_utc') -%}
        {%- set clock = "replace(replace(replace(substr(" ~ value
            ~ ", 9), 'T', ''), ' ', ''), 'Z', '')" -%}
        {%- set time = text_as_time(
            spelled_day(value) ~ " || ' ' || left(" ~ clock ~ ", 2) || ':' || substr("
            ~ clock ~ ", 3, 2) || ':' || coalesce(nullif(substr(" ~ clock
            ~ ", 5, 2), ''), '00')"
        ) -%}
    {%- elif form == 'utc_z' -%}
        {%- set time = text_as_time(
            "left(" ~ value ~ ", length(" ~ value ~ ") - 1)"
        ) -%}
    {%- elif form == 'utc' -%}
        {%- set time = text_as_time(
            "replace(regexp_replace(" ~ value
            ~ ", ' ?(Z|z|UTC|GMT|[+-]00(:?00)?)$', ''), '/', '-')"
        ) -%}
    {%- elif form == 'offset' -%}
        {%- set part = "regexp_extract(" ~ value ~ ", '([+-])([0-9]{2}):?([0-9]{2})?$', " -%}
        {%- set time = shifted_time(
            text_as_time(
                "replace(regexp_replace(" ~ value
                ~ ", ' ?[+-][0-9]{2}:?([0-9]{2})?$', ''), '/', '-')"
            ),
            "case when " ~ part ~ "1) = '-' then 1 else -1 end * (60 * try_cast(" ~ part
            ~ "2) as bigint) + coalesce(try_cast(" ~ part ~ "3) as bigint), 0))"
        ) -%}
    {%- elif form == 'zone' -%}
        {%- set zone = named_zone(value) -%}
        {%- set local = text_as_time(
            "replace(trim(left(" ~ value ~ ", length(" ~ value ~ ") - length(" ~ zone
            ~ "))), '/', '-')"
        ) -%}
        {%- set cases = [] -%}
        {%- for name, place in reading.zones.items() -%}
            {%- do cases.append("when " ~ zone ~ " = '" ~ name ~ "' then " ~ (
                time_of_zone(local, place) if place is string
                else shifted_time(local, -place)
            )) -%}
        {%- endfor -%}
        {%- set time = 'case ' ~ cases | join(' ') ~ ' end' if cases
            else text_as_time('null') -%}
    {%- else -%}
        {%- set time = local -%}
    {%- endif -%}
    {{ return(placed_time(time, form, reading, kind)) }}
{%- endmacro %}

{% macro is_day_form(form, reading) -%}
    {{ return(form in ('date', 'compact_date') or (
        form == 'formatted' and not ('%H' in reading.format or '%I' in reading.format)
    )) }}
{%- endmacro %}

{% macro placed_time(time, form, reading, kind) -%}
    {#- From what a text says to a time in UTC; of days of reports, to the day. -#}
    {%- set is_local = is_day_form(form, reading) or form in ('plain', 'local', 'compact') or (
        form == 'formatted' and '%z' not in reading.format
    ) -%}
    {{ return(time_in_utc(time, is_local, kind)) }}
{%- endmacro %}

{% macro time_in_utc(time, is_local, kind) -%}
    {%- set placed = namespace(sql=time) -%}
    {%- if kind == 'date' -%}
        {%- if not is_local -%}{%- set placed.sql = reporting_time(time) -%}{%- endif -%}
        {{ return(dbt.date_trunc('day', placed.sql)) }}
    {%- endif -%}
    {%- if is_local and var('input_time_zone') != 'UTC' -%}
        {%- set placed.sql = time_of_zone(placed.sql, var('input_time_zone')) -%}
    {%- endif -%}
    {{ return(placed.sql) }}
{%- endmacro %}

{% macro spelled_day(value) -%}
    {{ return(
        "left(" ~ value ~ ", 4) || '-' || substr(" ~ value ~ ", 5, 2) || '-' || substr("
        ~ value ~ ", 7, 2)"
    ) }}
{%- endmacro %}

{% macro counted_time(microseconds) -%}
    {#- Beyond the years that a ledger can have, engines throw. -#}
    {{ return(
        'case when ' ~ microseconds ~ ' between -62135596800000000 and 253402300799999999 then '
        ~ from_epoch_microseconds('cast(' ~ microseconds ~ ' as bigint)') ~ ' end'
    ) }}
{%- endmacro %}

{% macro shifted_time(time, minutes) -%}
    {{ return(counted_time(
        epoch_microseconds(time) ~ ' + cast(' ~ minutes ~ ' as bigint) * 60000000'
    )) }}
{%- endmacro %}

{% macro reporting_time(time) -%}
    {%- if var('reporting_time_zone') == 'UTC' -%}
        {{ return(time) }}
    {%- endif -%}
    {{ return(time_in_zone(time, var('reporting_time_zone'))) }}
{%- endmacro %}

{% macro native_time(column, kind) -%}
    {%- set time = utc_timestamp(column) -%}
    {%- if kind == 'date' or var('input_time_zone') != 'UTC' -%}
        {{ return('case when ' ~ is_time_with_zone(column) ~ ' then '
            ~ time_in_utc(time, false, kind) ~ ' else ' ~ time_in_utc(time, true, kind)
            ~ ' end') }}
    {%- endif -%}
    {{ return(time) }}
{%- endmacro %}

{% macro is_date_alone(name, input, readings) -%}
    {%- set column = adapter.quote(input.names[name] | replace('"', '""')) -%}
    {%- if name in input.native -%}
        {{ return("lower(typeof(" ~ column ~ ")) = 'date'") }}
    {%- endif -%}
    {%- set reading = readings.get(name) or {'forms': {}} -%}
    {%- set value = input_text(input.names[name]) -%}
    {%- set found = [] -%}
    {%- for form, pattern in reading.forms.items() if is_day_form(form, reading) -%}
        {%- do found.append('true' if reading.is_uniform else matches_pattern(value, pattern)) -%}
    {%- endfor -%}
    {%- if reading.format and is_day_form('formatted', reading) -%}
        {%- do found.append(parse_time(value, reading) ~ ' is not null') -%}
    {%- endif -%}
    {{ return('coalesce(' ~ found | join(' or ') ~ ', false)' if found else 'false') }}
{%- endmacro %}
