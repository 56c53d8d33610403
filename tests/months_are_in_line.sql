-- If a month differs by half or more both from the months around it and from the same month a year before, its file was
-- probably cut short or loaded twice. This is only a warning, because such a month can be real: April 2020 was.
{{ config(severity='warn') }}

{%- set offenders -%}
with

indexed as (

    select
        totals.*,
        months.month_index
    from ({{ month_totals() }}) as totals
    inner join {{ ref('dim_month') }} as months on totals.appointment_month = months.calendar_month

),

compared as (

    select
        indexed.raw_table,
        indexed.appointment_month,
        indexed.appointment_count,
        avg(around.appointment_count) as count_around,
        max(year_before.appointment_count) as count_year_before
    from indexed
    inner join indexed as around
        on
            indexed.raw_table = around.raw_table
            and abs(indexed.month_index - around.month_index) = 1
    left join indexed as year_before
        on
            indexed.raw_table = year_before.raw_table
            and indexed.month_index = year_before.month_index + 12
    group by
        indexed.raw_table,
        indexed.appointment_month,
        indexed.appointment_count

)

select
    raw_table || ' holds ' || {{ format_count('appointment_count') }} || ' appointments in '
    || {{ month_and_year('appointment_month') }} || ', but the months around it hold '
    || {{ format_count('round(count_around)') }} || ' on average. Was its file cut short or loaded twice?' as offender
from compared
where
    abs(appointment_count - count_around) >= 0.5 * count_around
    and (
        count_year_before is null
        or abs(appointment_count - count_year_before) >= 0.5 * count_year_before
    )
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
