-- Each raw table must hold every month from its first to its last. If a month has no row, a file was left out.
{%- set offenders -%}
with

held_months as (

    {{ month_totals() }}

),

periods as (

    select
        raw_table,
        min(appointment_month) as first_month,
        max(appointment_month) as last_month
    from held_months
    group by raw_table

)

select
    periods.raw_table || ' has no row in ' || {{ month_and_year('months.calendar_month') }}
    || ', but has rows in months before and after it. A file is missing, or its dates are wrong.' as offender
from periods
inner join {{ ref('dim_month') }} as months
    on months.calendar_month between periods.first_month and periods.last_month
left join held_months
    on
        periods.raw_table = held_months.raw_table
        and months.calendar_month = held_months.appointment_month
where held_months.appointment_month is null
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
