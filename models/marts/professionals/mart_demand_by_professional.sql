with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

bands as (

    select * from {{ ref('dim_lead_time_band') }}

),

appointments as (

    select
        by_area.*,
        bands.lead_time_band_order,
        bands.lower_days,
        bands.upper_days,
        bands.is_known
    from {{ ref('int_appointments_by_area') }} as by_area
    inner join bands on by_area.lead_time_band = bands.lead_time_band

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
        hcp_type,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ attendance_counts() }},
        {{ lead_time_counts() }},
        {{ count_where("upper_days <= 7") }} as within_7_days_count,
        {{ count_where("lower_days > 14") }} as over_14_days_count
    from appointments
    group by
        area_level,
        area_code,
        hcp_type

),

demand_with_shares as (

    {{ with_shares_and_ranks('demand') }}

),

known_lead_times as (

    select
        area_level,
        area_code,
        hcp_type,
        lead_time_band,
        lead_time_band_order,
        sum(appointment_count) as appointment_count
    from appointments
    where is_known
    group by
        area_level,
        area_code,
        hcp_type,
        lead_time_band,
        lead_time_band_order

),

cumulative_lead_times as (

    select
        *,
        sum(appointment_count) over (
            partition by area_level, area_code, hcp_type order by lead_time_band_order
        ) as cumulative_count,
        sum(appointment_count) over (partition by area_level, area_code, hcp_type) as known_count
    from known_lead_times

),

-- The first band in which the running count reaches half of the appointments of known lead time.
median_lead_times as (

    select
        area_level,
        area_code,
        hcp_type,
        lead_time_band as median_lead_time_band
    from cumulative_lead_times
    where
        2 * cumulative_count >= known_count
        and 2 * (cumulative_count - appointment_count) < known_count

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.hcp_type,
        demand.appointment_count,
        demand.area_appointment_count,
        demand.share_of_area,
        working_days.working_days,
        {{ ratio('demand.appointment_count', 'working_days.working_days') }} as appointments_per_working_day,
        areas.registered_patients,
        areas.month_count,
        {{ rate_per_1000_patients_per_month(
            'demand.appointment_count', 'areas.registered_patients', 'areas.month_count'
        ) }} as appointments_per_1000_patients_per_month,
        demand.attended_count,
        demand.dna_count,
        {{ ratio('demand.attended_count', 'demand.attended_count + demand.dna_count') }} as attendance_rate,
        {{ ratio('demand.dna_count', 'demand.attended_count + demand.dna_count') }} as dna_rate,
        demand.known_lead_time_count,
        demand.same_day_count,
        {{ ratio('demand.same_day_count', 'demand.known_lead_time_count') }} as same_day_share,
        demand.within_7_days_count,
        {{ ratio('demand.within_7_days_count', 'demand.known_lead_time_count') }} as within_7_days_share,
        demand.over_14_days_count,
        {{ ratio('demand.over_14_days_count', 'demand.known_lead_time_count') }} as over_14_days_share,
        median_lead_times.median_lead_time_band
    from demand_with_shares as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code
    cross join working_days
    left join median_lead_times
        on
            demand.area_level = median_lead_times.area_level
            and demand.area_code = median_lead_times.area_code
            and demand.hcp_type = median_lead_times.hcp_type

)

select * from final
