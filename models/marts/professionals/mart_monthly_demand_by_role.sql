with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_by_role'

),

months as (

    select * from {{ ref('dim_month') }}

),

appointments as (

    select
        area_level,
        area_code,
        appointment_month,
        sds_role_group,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_roles_by_area') }}
    group by
        area_level,
        area_code,
        appointment_month,
        sds_role_group

),

monthly_demand as (

    select
        appointments.*,
        months.month_index,
        months.working_days,
        cast(sum(appointments.appointment_count) over (
            partition by appointments.area_level, appointments.area_code, appointments.appointment_month
        ) as bigint) as area_month_appointment_count,
        {{ ratio('appointments.appointment_count', 'months.working_days') }} as appointments_per_working_day
    from appointments
    inner join months on appointments.appointment_month = months.calendar_month

),

comparisons as (

    select
        *,
        {{ mean_of_months(
            'appointments_per_working_day', -12, -12, 'area_level, area_code, sds_role_group'
        ) }} as same_month_last_year
    from monthly_demand

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.appointment_month,
        demand.sds_role_group,
        demand.appointment_count,
        demand.area_month_appointment_count,
        {{ ratio('demand.appointment_count', 'demand.area_month_appointment_count') }} as share_of_area_month,
        demand.working_days,
        demand.appointments_per_working_day,
        {{ ratio('demand.appointments_per_working_day', 'demand.same_month_last_year') }} - 1
            as change_from_same_month_last_year
    from comparisons as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code

)

select * from final
