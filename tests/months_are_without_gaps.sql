-- Each raw table must hold every month from its first to its last. If a month has no row, a file was left out. If the
-- table is from several releases, each of them must hold every month between those that it has. Months between the
-- releases are no fault, but the build names them.
{%- set gaps -%}
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

),

releases as (

    select
        raw_table,
        release_month,
        min(data_month) as first_month,
        max(data_month) as last_month
    from {{ ref('release_places') }}
    where data_month is not null
    group by
        raw_table,
        release_month

)

select
    periods.raw_table,
    months.calendar_month,
    imported.raw_table is null or count(releases.release_month) > 0 as is_fault
from periods
inner join {{ ref('dim_month') }} as months
    on months.calendar_month between periods.first_month and periods.last_month
left join held_months
    on
        periods.raw_table = held_months.raw_table
        and months.calendar_month = held_months.appointment_month
left join (select distinct raw_table from releases) as imported on periods.raw_table = imported.raw_table
left join releases
    on
        periods.raw_table = releases.raw_table
        and months.calendar_month between releases.first_month and releases.last_month
where held_months.appointment_month is null
group by
    periods.raw_table,
    months.calendar_month,
    imported.raw_table
{%- endset -%}

{%- set told -%}
select
    raw_table || ' has no row in ' || {{ month_and_year('calendar_month') }} || ': no imported release has this month.'
        as line
from ({{ gaps }}) as gaps
where not is_fault
order by raw_table, calendar_month
{%- endset -%}

{%- set offenders -%}
select
    raw_table || ' has no row in ' || {{ month_and_year('calendar_month') }}
    || ', but has rows in months before and after it. A file is missing, or its dates are wrong.' as offender
from ({{ gaps }}) as gaps
where is_fault
{%- endset -%}

{% do name_offenders(told) %}
{% do name_offenders(offenders) %}
{{ offenders }}
