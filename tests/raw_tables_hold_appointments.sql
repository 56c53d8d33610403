-- A raw table without a single appointment is an export that failed, not a month without patients: whatever was
-- published from it would be empty and look sound.
{%- set offenders -%}
select
    raw_table || ' holds no appointments: ' || {{ format_count('row_count') }} || ' rows loaded, '
    || {{ format_count('rejected_row_count') }} || ' of them rejected. Export it again.' as offender
from {{ ref('quality_raw_profile') }}
where appointment_count = 0
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
