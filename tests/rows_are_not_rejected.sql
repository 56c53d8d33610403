-- A row that cannot be counted is kept in quality_rejected_rows. A warning: whether it matters shows in
-- tables_reconcile, which fails if as much as one appointment is missing.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    {{ format_count('count(*)') }} || ' rows of ' || raw_table || ' rejected: ' || reason
    || ' (see quality_rejected_rows)' as offender
from {{ ref('quality_rejected_rows') }}
group by
    raw_table,
    reason
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
