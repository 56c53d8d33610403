with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

months as (

    select * from {{ ref('dim_month') }}

),

appointments as (

    select
        area_level,
        area_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ attendance_counts() }},
        {{ count_where("hcp_type = 'GP'") }} as gp_count,
        {{ count_where("appointment_mode = 'Face-to-Face'") }} as face_to_face_count,
        {{ count_where("appointment_mode = 'Telephone'") }} as telephone_count,
        {{ lead_time_counts() }}
    from {{ ref('int_appointments_by_area') }}
    group by
        area_level,
        area_code,
        appointment_month

),

-- Months differ in working days by up to five, so months are compared on appointments per working day.
monthly_demand as (

    select
        appointments.*,
        months.month_index,
        months.calendar_days,
        months.working_days,
        {{ ratio('appointments.appointment_count', 'months.calendar_days') }} as appointments_per_calendar_day,
        {{ ratio('appointments.appointment_count', 'months.working_days') }} as appointments_per_working_day
    from appointments
    inner join months on appointments.appointment_month = months.calendar_month

),

comparisons as (

    select
        *,
        {{ mean_of_months('appointments_per_working_day', -1, -1) }} as previous_month,
        {{ mean_of_months('appointments_per_working_day', -12, -12) }} as same_month_last_year,
        {{ mean_of_months('appointments_per_working_day', -2, 0) }} as rolling_3_month_average,
        -- A centred 12-month mean gives every calendar month the same weight; a trailing one would read
        -- the recovery from 2020 as season.
        (
            {{ mean_of_months('appointments_per_working_day', -6, 5) }}
            + {{ mean_of_months('appointments_per_working_day', -5, 6) }}
        ) / 2 as centred_12_month_mean,
        {{ rank_of('appointments_per_working_day desc', 'area_level, area_code') }} as demand_rank_in_area
    from monthly_demand

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.appointment_month,
        demand.appointment_count,
        demand.calendar_days,
        demand.working_days,
        demand.appointments_per_calendar_day,
        demand.appointments_per_working_day,
        {{ ratio('demand.appointments_per_working_day', 'demand.previous_month') }} - 1
            as change_from_previous_month,
        {{ ratio('demand.appointments_per_working_day', 'demand.same_month_last_year') }} - 1
            as change_from_same_month_last_year,
        demand.rolling_3_month_average,
        {{ ratio('demand.appointments_per_working_day', 'demand.centred_12_month_mean') }} as seasonal_index,
        demand.demand_rank_in_area,
        demand.attended_count,
        demand.dna_count,
        {{ ratio('demand.attended_count', 'demand.attended_count + demand.dna_count') }} as attendance_rate,
        {{ ratio('demand.dna_count', 'demand.attended_count + demand.dna_count') }} as dna_rate,
        demand.gp_count,
        {{ ratio('demand.gp_count', 'demand.appointment_count') }} as gp_share,
        demand.face_to_face_count,
        {{ ratio('demand.face_to_face_count', 'demand.appointment_count') }} as face_to_face_share,
        demand.telephone_count,
        {{ ratio('demand.telephone_count', 'demand.appointment_count') }} as telephone_share,
        demand.known_lead_time_count,
        demand.same_day_count,
        {{ ratio('demand.same_day_count', 'demand.known_lead_time_count') }} as same_day_share,
        case
            when areas.area_level = 'England'
                then {{ ratio('demand.appointments_per_working_day', var('daily_capacity')) }}
        end as utilisation_of_assumed_capacity
    from comparisons as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code

)

select * from final
