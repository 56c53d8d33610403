-- Conservation, core to marts: within the period, each level of area that covers all of England holds
-- exactly the appointments of the fact behind the mart. (Locations do so only where every row has one.)
{%- set marts = [
    ('mart_demand_by_mode_and_status', 'fct_appointments_monthly', 'true'),
    ('mart_demand_by_category', 'fct_appointment_categories_daily', 'true'),
    ('mart_attendance_by_lead_time', 'fct_appointments_monthly', "hcp_type = 'All'"),
    ('mart_attendance_by_lead_time', 'fct_appointments_monthly', "hcp_type <> 'All'"),
    ('mart_duration_profile', 'fct_appointment_durations_daily', 'true'),
    ('mart_demand_by_professional', 'fct_appointments_monthly', 'true'),
    ('mart_professional_mix', 'fct_appointments_monthly', "attribute = 'appointment_mode'"),
    ('mart_professional_mix', 'fct_appointments_monthly', "attribute = 'lead_time_band'"),
    ('mart_professional_mix', 'fct_appointments_monthly', "attribute = 'appointment_status'"),
    ('mart_monthly_demand', 'fct_appointments_monthly', 'true'),
    ('mart_weekday_demand', 'fct_appointment_durations_daily', "raw_table = 'actual_duration'"),
    ('mart_weekday_demand', 'fct_appointment_categories_daily', "raw_table = 'national_categories'"),
] -%}

{%- set offenders -%}
{% for mart, fact, rows in marts -%}
select
    '{{ mart }} ({{ rows | replace("'", "") }}) holds ' || {{ format_count('levels.appointment_count') }} || ' in '
    || levels.area_level || ', {{ fact }} ' || {{ format_count('facts.appointment_count') }} as offender
from (
    select
        area_level,
        sum(appointment_count) as appointment_count
    from {{ ref(mart) }}
    where area_level in ('England', 'NHS region', 'ICB') and {{ rows }}
    group by area_level
) as levels
cross join (
    select sum(appointment_count) as appointment_count
    from {{ ref(fact) }}
    where {{ is_in_period('appointment_month') }}
) as facts
where levels.appointment_count <> facts.appointment_count

union all

{% endfor -%}
{% for raw_table, fact in [
    ('actual_duration', 'fct_appointment_durations_daily'),
    ('national_categories', 'fct_appointment_categories_daily'),
] -%}
select
    'mart_top_locations ({{ raw_table }}) holds ' || {{ format_count('locations.appointment_count') }}
    || ' appointments in ' || {{ format_count('locations.record_count') }} || ' records, {{ fact }} '
    || {{ format_count('facts.appointment_count') }} || ' in ' || {{ format_count('facts.record_count') }} as offender
from (
    select
        sum(appointment_count) as appointment_count,
        sum(record_count) as record_count
    from {{ ref('mart_top_locations') }}
    where raw_table = '{{ raw_table }}'
) as locations
cross join (
    select
        sum(appointment_count) as appointment_count,
        sum(record_count) as record_count
    from (
        select
            sum(appointment_count) as appointment_count,
            sum(record_count) as record_count
        from {{ ref(fact) }}
        where {{ is_in_period('appointment_month') }}
        group by sub_icb_location_code
        having sum(appointment_count) > 0
    ) as locations_with_appointments
) as facts
where
    locations.appointment_count <> facts.appointment_count
    or locations.record_count <> facts.record_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
