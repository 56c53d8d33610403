-- In every ICB and month that both tables hold, actual_duration equals Attended in appointments_regional, and
-- national_categories equals all statuses in it. They were exactly equal in the publications of 2022 and 2025.
{%- set offenders -%}
select
    identity || ' differs in ' || icb_ons_code || ', ' || {{ month_and_year('appointment_month') }} || ': '
    || {{ format_count('left_count') }} || ' against ' || {{ format_count('right_count') }}
    || '. A load is incomplete, doubled or of another release.' as offender
from {{ ref('quality_reconciliation') }}
where difference <> 0
order by abs(difference) desc, identity, icb_ons_code, appointment_month
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
