with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_by_pcn_system'

),

in_pcn_systems as (

    select * from {{ ref('int_pcn_systems_by_area') }}

),

in_general_practice as (

    select
        area_level,
        area_code,
        appointment_month,
        sum(appointment_count) as appointment_count
    from {{ ref('int_appointments_by_area') }}
    group by
        area_level,
        area_code,
        appointment_month

),

-- A month that the table of general practice lacks, or a level of area that it does not have, is not known, which is
-- not the same as no appointments.
held_in_general_practice as (

    select distinct
        area_level,
        appointment_month
    from in_general_practice

),

side_by_side as (

    select
        in_pcn_systems.*,
        cast(
            case when held.appointment_month is not null then coalesce(in_general_practice.appointment_count, 0) end
            as bigint
        ) as general_practice_appointment_count
    from in_pcn_systems
    left join held_in_general_practice as held
        on
            in_pcn_systems.area_level = held.area_level
            and in_pcn_systems.appointment_month = held.appointment_month
    left join in_general_practice
        on
            in_pcn_systems.area_level = in_general_practice.area_level
            and in_pcn_systems.area_code = in_general_practice.area_code
            and in_pcn_systems.appointment_month = in_general_practice.appointment_month

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        side_by_side.appointment_month,
        side_by_side.appointment_count,
        side_by_side.general_practice_appointment_count,
        {{ ratio('side_by_side.appointment_count', 'side_by_side.general_practice_appointment_count') }}
            as ratio_to_general_practice
    from side_by_side
    inner join areas
        on side_by_side.area_level = areas.area_level and side_by_side.area_code = areas.area_code

)

select * from final
