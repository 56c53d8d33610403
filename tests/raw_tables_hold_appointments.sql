-- A raw table without a single row that can be counted is a failed export, and a period without a month of any table is
-- a mistake. Tables that are published from them would be empty and look right. A table without rows is one that may be
-- missing: the load refuses a file without rows.
{%- set offenders -%}
select
    raw_table || ' holds no ' || case when appointment_count = 0 then 'appointments' else 'row that can be used' end || ': '
    || {{ format_count('row_count') }} || ' rows loaded, '
    || {{ format_count('rejected_row_count') }} || ' of them rejected. Export it again.' as offender
from {{ ref('quality_raw_profile') }}
where
    row_count > 0
    and (appointment_count = 0 or row_count = rejected_row_count)

union all

select 'No raw table has a month in the period of the vars period_from and period_to.' as offender
from {{ ref('quality_raw_profile') }}
having count(period_from) = 0 and sum(appointment_count) > 0
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
