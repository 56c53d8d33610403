with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_by_role'

),

appointments as (

    select * from {{ ref('int_roles_by_area') }}

),

working_days as (

    select cast(sum(months.working_days) as bigint) as working_days
    from {{ ref('dim_month') }} as months
    where months.calendar_month in (select appointments.appointment_month from appointments)

),

demand as (

    select
        area_level,
        area_code,
        sds_role_group,
        cast(sum(appointment_count) as bigint) as appointment_count
    from appointments
    group by
        area_level,
        area_code,
        sds_role_group

),

demand_with_shares as (

    {{ with_shares_and_ranks('demand') }}

),

england as (

    select * from demand_with_shares
    where area_level = 'England'

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.sds_role_group,
        demand.appointment_count,
        demand.area_appointment_count,
        demand.share_of_area,
        england.share_of_area as england_share,
        {{ ratio('demand.share_of_area', 'england.share_of_area') }} as location_quotient,
        working_days.working_days,
        {{ ratio('demand.appointment_count', 'working_days.working_days') }} as appointments_per_working_day,
        areas.registered_patients,
        areas.month_count,
        {{ rate_per_1000_patients_per_month(
            'demand.appointment_count', 'areas.registered_patients', 'areas.month_count'
        ) }} as appointments_per_1000_patients_per_month
    from demand_with_shares as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code
    inner join england on demand.sds_role_group = england.sds_role_group
    cross join working_days

)

select * from final
