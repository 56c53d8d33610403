-- Conservation of question 6: the raw rows of each location that has appointments are all in mart_top_locations.
{%- set offenders -%}
{% for raw_table, fact in [
    ('actual_duration', 'fct_appointment_durations_daily'),
    ('national_categories', 'fct_appointment_categories_daily'),
] -%}
select
    'mart_top_locations ({{ raw_table }}) holds ' || {{ format_count('locations.record_count') }} || ' records, {{ fact }} '
    || {{ format_count('facts.record_count') }} as offender
from (
    select sum(record_count) as record_count
    from {{ ref('mart_top_locations') }}
    where raw_table = '{{ raw_table }}'
) as locations
cross join (
    select sum(record_count) as record_count
    from (
        select sum(record_count) as record_count
        from {{ ref(fact) }}
        where {{ is_in_period('appointment_month') }}
        group by sub_icb_location_code
        having sum(appointment_count) > 0
    ) as locations_with_appointments
) as facts
where locations.record_count <> facts.record_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
