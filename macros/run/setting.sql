{% macro setting(name) -%}
    {#- dbt renders each model before check_run can speak. A value of the wrong kind would
        end there in a sentence about templates, so its kind is looked at first. -#}
    {% set value = var(name) %}
    {% set found = namespace(rule=none) %}
    {% if name in ('position_based_weights', 'w_shaped_weights') %}
        {% set keys = ['first', 'last'] if name == 'position_based_weights'
            else ['first', 'milestone', 'last'] %}
        {% for key in keys
            if value is not mapping or value.get(key) is not number %}
            {% set found.rule = 'give a number to each of ' ~ keys | join(', ') %}
        {% endfor %}
    {% elif name in ('lookback_days', 'null_journey_gap_days') %}
        {% if value is not none and value is not number %}
            {% set found.rule = 'be a number or null' %}
        {% endif %}
    {% elif value is string or value is mapping or value is not iterable %}
        {% set found.rule = 'be a list' %}
    {% elif name == 'path_transforms' %}
        {% for step in value if step is not string
            and (step is not mapping or step.values() | first is not iterable) %}
            {% set found.rule = 'be a list of steps: exposure, unique, first, frequency, '
                ~ 'and remove_if_not_all and remove_if_last_and_not_all with a list of '
                ~ 'channels' %}
        {% endfor %}
    {% endif %}
    {% if found.rule %}
        {% do exceptions.raise_compiler_error(
            'The setting ' ~ name ~ ' is ' ~ tojson(value) ~ '; it must '
            ~ found.rule ~ '.'
        ) %}
    {% endif %}
    {{ return(value) }}
{%- endmacro %}
