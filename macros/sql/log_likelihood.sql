{% macro log_likelihood(events, trials) -%}
    case
        when {{ events }} > 0 and {{ events }} < {{ trials }}
            then
                {{ events }} * ln({{ events }} / {{ trials }})
                + ({{ trials }} - {{ events }})
                * ln(1 - {{ events }} / {{ trials }})
        else 0
    end
{%- endmacro %}
