-- In every ICB and month that both tables hold, actual_duration equals Attended in appointments_regional, and
-- national_categories and appointments_by_role equal all statuses in it. So does appointments_by_practice in every
-- location and month of which it has all practices. They were exactly equal in the publications of 2022 and 2025. If
-- durations or categories are missing, and may be, the build says that they were not compared.
{%- set told -%}
{% for identity, raw_table in [
    ('durations_vs_attended', 'actual_duration'),
    ('categories_vs_all', 'national_categories'),
] -%}
select '{{ identity }} was not checked, because the build has no {{ raw_table }}.' as line
from {{ ref(raw_table) }}
having count(*) = 0
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

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

{% do name_offenders(told) %}
{% do name_offenders(offenders) %}
{{ offenders }}
