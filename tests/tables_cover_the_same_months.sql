-- If two tables that are compared hold the same ICB, both must have appointments for it in every month from the first
-- to the last that the tables share. A month that only one of them has was lost. (It is no fault if one table lacks an
-- ICB altogether: the 2024 categories have 24 of the 42.)
{%- set offenders -%}
with

cells as (

    select distinct
        'actual_duration' as daily_table,
        'actual_duration' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointment_durations_daily') }}
    where appointment_count > 0

    union all

    select distinct
        'actual_duration' as daily_table,
        'appointments_regional' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointments_monthly') }}
    where
        appointment_status = 'Attended'
        and appointment_count > 0

    union all

    select distinct
        'national_categories' as daily_table,
        'national_categories' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointment_categories_daily') }}
    where appointment_count > 0

    union all

    select distinct
        'national_categories' as daily_table,
        'appointments_regional' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointments_monthly') }}
    where appointment_count > 0

    union all

    select distinct
        'appointments_by_role' as daily_table,
        'appointments_by_role' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointments_by_role_daily') }}
    where appointment_count > 0

    union all

    select distinct
        'appointments_by_role' as daily_table,
        'appointments_regional' as raw_table,
        icb_ons_code,
        appointment_month
    from {{ ref('fct_appointments_monthly') }}
    where appointment_count > 0

),

table_periods as (

    select
        daily_table,
        raw_table,
        min(appointment_month) as first_month,
        max(appointment_month) as last_month
    from cells
    group by
        daily_table,
        raw_table

),

shared_periods as (

    select
        daily_table,
        max(first_month) as first_month,
        min(last_month) as last_month
    from table_periods
    group by daily_table

),

shared_icbs as (

    select
        daily_table,
        icb_ons_code
    from cells
    group by
        daily_table,
        icb_ons_code
    having count(distinct raw_table) = 2

),

half_cells as (

    select
        cells.daily_table,
        cells.icb_ons_code,
        cells.appointment_month,
        max(cells.raw_table) as present_in
    from cells
    inner join shared_icbs
        on
            cells.daily_table = shared_icbs.daily_table
            and cells.icb_ons_code = shared_icbs.icb_ons_code
    inner join shared_periods
        on
            cells.daily_table = shared_periods.daily_table
            and cells.appointment_month between shared_periods.first_month and shared_periods.last_month
    group by
        cells.daily_table,
        cells.icb_ons_code,
        cells.appointment_month
    having count(*) = 1

)

select
    icb_ons_code || ' has appointments in ' || {{ month_and_year('appointment_month') }} || ' in ' || present_in
    || ' but not in '
    || case when present_in = daily_table then 'appointments_regional' else daily_table end
    || '. A load is incomplete.' as offender
from half_cells
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
