-- In every ICB and month that both tables hold, actual_duration equals Attended in appointments_regional, and
-- national_categories and appointments_by_role equal all statuses in it. So does appointments_by_practice in every
-- location and month of which it has all practices. They were exactly equal in the publications of 2022 and 2025.
{%- set offenders -%}
select
    identity || ' differs in ' || case when sub_icb_location_code <> 'All' then sub_icb_location_code || ', ' else '' end
    || icb_ons_code || ', ' || {{ month_and_year('appointment_month') }} || ': '
    || {{ format_count('left_count') }} || ' against ' || {{ format_count('right_count') }}
    || '. A load is incomplete, doubled or of another release.' as offender
from {{ ref('quality_reconciliation') }}
where difference <> 0
order by abs(difference) desc, identity, icb_ons_code, sub_icb_location_code, appointment_month
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
