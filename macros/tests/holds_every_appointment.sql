{#
    Fails where a mart does not hold exactly the appointments of the fact behind it, within the period: once in each
    level of area that covers all of England, or once in all for a mart without levels (`by_area: false`). Locations are
    no such level: they hold everything only where every row has one.

    `rows` names those rows of the mart that hold every appointment once, `fact_rows` those rows of the fact that the
    mart is made of. Both are SQL conditions, and take every row unless given.
#}
{% test holds_every_appointment(model, fact, rows='true', fact_rows='true', by_area=true) %}
{%- set offenders -%}
{% for level in (['England', 'NHS region', 'ICB'] if by_area else ['']) -%}
select
    '{{ model.identifier }}{{ " where " ~ rows | replace("'", "") if rows != "true" }} holds '
    || {{ format_count('marts.appointment_count') }} || ' appointments{{ " by " ~ level if by_area }}, but '
    || '{{ fact.identifier }} holds ' || {{ format_count('facts.appointment_count') }} as offender
from (
    select coalesce(sum(appointment_count), 0) as appointment_count
    from {{ model }}
    where {{ rows }}{{ " and area_level = '" ~ level ~ "'" if by_area }}
) as marts
cross join (
    select coalesce(sum(appointment_count), 0) as appointment_count
    from {{ fact }}
    where {{ is_in_period('appointment_month') }} and {{ fact_rows }}
) as facts
where marts.appointment_count <> facts.appointment_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
{% endtest %}
