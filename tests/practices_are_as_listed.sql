-- A practice that has appointments but is not in the table practices is kept under its own code. If the table lists a
-- practice with two names, networks or locations, the first in order counts. Both are only warnings, because no total
-- loses an appointment.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    'The practice ' || practices.practice_code || ' has ' || {{ count_of('sum(facts.appointment_count)', 'appointment') }}
    || ' but is not in the table practices. It is kept under its own code, in ' || practices.sub_icb_location_name
    || ' and in no PCN.' as offender
from {{ ref('dim_practice') }} as practices
inner join {{ ref('fct_appointments_by_practice_monthly') }} as facts
    on practices.practice_code = facts.practice_code
where not practices.is_listed
group by
    practices.practice_code,
    practices.sub_icb_location_name

union all

select
    'The table practices lists ' || listed.practice_code || ' in several ways. It is taken as ' || practices.practice_name
    || ', in ' || practices.sub_icb_location_name || coalesce(' and ' || practices.pcn_name, '') || '.' as offender
from {{ ref('stg_nhs__practices') }} as listed
inner join {{ ref('dim_practice') }} as practices on listed.practice_code = practices.practice_code
where listed.rejection_reason is null
group by
    listed.practice_code,
    practices.practice_name,
    practices.sub_icb_location_name,
    practices.pcn_name
having
    count(distinct listed.practice_name) > 1
    or count(distinct listed.sub_icb_location_code) > 1
    or count(distinct coalesce(listed.pcn_code, '')) > 1
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
