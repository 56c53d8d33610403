-- A row that cannot be counted is kept in quality_rejected_rows. A warning: a few bad rows are no reason to withhold
-- all the others. Where two tables hold the same appointments, tables_reconcile and tables_cover_the_same_months fail
-- if a rejected row left one of them short; a table without a sound row fails raw_tables_hold_appointments.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    {{ format_count('count(*)') }} || ' rows of ' || raw_table || ' rejected: ' || reason
    || ', for example ' || min(raw_row) || ' (all of them: quality.quality_rejected_rows in the build)' as offender
from {{ ref('quality_rejected_rows') }}
group by
    raw_table,
    reason
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
