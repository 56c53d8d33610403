-- A location is compared with appointments_regional only in the months of which all its practices are there. If only
-- some are, a file was probably cut short, and nothing else would notice.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    'appointments_by_practice holds ' || {{ format_count('held.practice_count') }} || ' practices of '
    || held.sub_icb_location_code || ' in ' || {{ month_and_year('held.appointment_month') }} || ', but '
    || {{ format_count('coverage.included_practices') }} || ' are in the publication. The location is not compared with'
    || ' appointments_regional.' as offender
from (
    select
        sub_icb_location_code,
        appointment_month,
        count(distinct practice_code) as practice_count
    from {{ ref('fct_appointments_by_practice_monthly') }}
    group by
        sub_icb_location_code,
        appointment_month
) as held
inner join {{ ref('int_location_coverage') }} as coverage
    on
        held.sub_icb_location_code = coverage.sub_icb_location_code
        and held.appointment_month = coverage.coverage_month
where held.practice_count <> coverage.included_practices
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
