with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

demand as (

    select
        area_level,
        area_code,
        appointment_mode,
        appointment_status,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_appointments_by_area') }}
    group by
        area_level,
        area_code,
        appointment_mode,
        appointment_status

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
        demand.appointment_mode,
        demand.appointment_status,
        demand.appointment_count,
        demand.area_appointment_count,
        demand.share_of_area,
        demand.demand_rank_in_area,
        england.share_of_area as england_share,
        demand.share_of_area - england.share_of_area as share_difference_from_england,
        {{ ratio('demand.share_of_area', 'england.share_of_area') }} as location_quotient,
        areas.registered_patients,
        areas.month_count,
        {{ rate_per_1000_patients_per_month(
            'demand.appointment_count', 'areas.registered_patients', 'areas.month_count'
        ) }} as appointments_per_1000_patients_per_month
    from demand_with_shares as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code
    inner join england
        on
            demand.appointment_mode = england.appointment_mode
            and demand.appointment_status = england.appointment_status

)

select * from final
