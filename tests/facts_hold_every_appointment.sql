-- Nothing is lost between the raw tables and core: each fact and the rejected rows together make up the raw table, in
-- rows and, where the raw count is a number, in appointments.
{%- set facts = [
    ('actual_duration', 'fct_appointment_durations_daily'),
    ('appointments_regional', 'fct_appointments_monthly'),
    ('national_categories', 'fct_appointment_categories_daily'),
] -%}

{%- set offenders -%}
{% for raw_table, fact in facts -%}
select
    '{{ fact }} holds ' || {{ format_count('facts.appointment_count') }} || ' appointments in '
    || {{ format_count('facts.record_count') }} || ' raw rows, but {{ raw_table }} without its rejected rows holds '
    || {{ format_count('raw_rows.appointment_count - rejected.appointment_count') }} || ' in '
    || {{ format_count('raw_rows.row_count - rejected.row_count') }} || '.' as offender
from (
    select
        coalesce(sum(appointment_count), 0) as appointment_count,
        coalesce(sum(record_count), 0) as record_count
    from {{ ref(fact) }}
) as facts
cross join (
    select
        count(*) as row_count,
        coalesce(sum({{ parse_count(squeeze('count_of_appointments')) }}), 0) as appointment_count
    from {{ ref(raw_table) }}
) as raw_rows
cross join (
    select
        count(*) as row_count,
        coalesce(sum(appointment_count), 0) as appointment_count
    from {{ ref('stg_nhs__' ~ raw_table) }}
    where rejection_reason is not null
) as rejected
where
    facts.appointment_count <> raw_rows.appointment_count - rejected.appointment_count
    or facts.record_count <> raw_rows.row_count - rejected.row_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
