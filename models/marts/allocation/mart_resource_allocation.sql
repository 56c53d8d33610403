with

icbs as (

    select * from {{ ref('dim_icb') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

bands as (

    select * from {{ ref('dim_lead_time_band') }}

),

appointments as (

    select
        by_area.*,
        months.month_index,
        bands.lower_days
    from {{ ref('int_appointments_by_area') }} as by_area
    inner join months on by_area.appointment_month = months.calendar_month
    inner join bands on by_area.lead_time_band = bands.lead_time_band
    where by_area.area_level = 'ICB'

),

latest_month as (

    select max(month_index) as month_index from appointments

),

-- Twelve months hold every season once, so areas are not compared on different seasons.
latest_appointments as (

    select appointments.*
    from appointments
    cross join latest_month
    where appointments.month_index > latest_month.month_index - 12

),

period_months as (

    select distinct appointment_month from latest_appointments

),

period as (

    select
        min(appointment_month) as period_start_month,
        max(appointment_month) as period_end_month,
        count(*) as month_count
    from period_months

),

demand as (

    select
        area_code as icb_ons_code,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ count_where("hcp_type = 'GP'") }} as gp_count,
        {{ lead_time_counts() }},
        {{ count_where("lower_days > 14") }} as over_14_days_count,
        {{ attendance_counts() }}
    from latest_appointments
    group by area_code

),

-- Open practices are only used to say how much of the area is in the data.
patients as (

    select
        practice_patients.area_code as icb_ons_code,
        avg(cast(practice_patients.included_patients as double)) as registered_patients,
        avg(cast(practice_patients.open_patients as double)) as open_patients
    from {{ ref('int_practice_patients') }} as practice_patients
    inner join period_months on practice_patients.calendar_month = period_months.appointment_month
    where practice_patients.area_level = 'ICB'
    group by practice_patients.area_code

),

england as (

    select
        {{ rate_per_1000_patients_per_month(
            'sum(demand.appointment_count)', 'sum(patients.registered_patients)', 'max(period.month_count)'
        ) }} as appointments_per_1000_patients_per_month
    from demand
    -- ICBs whose patients are known: a new code's appointments would raise the rate that all are measured by.
    inner join patients on demand.icb_ons_code = patients.icb_ons_code
    cross join period

),

expected as (

    select
        demand.*,
        period.period_start_month,
        period.period_end_month,
        period.month_count,
        patients.registered_patients,
        patients.open_patients,
        {{ rate_per_1000_patients_per_month(
            'demand.appointment_count', 'patients.registered_patients', 'period.month_count'
        ) }} as appointments_per_1000_patients_per_month,
        england.appointments_per_1000_patients_per_month as england_appointments_per_1000_patients_per_month,
        patients.registered_patients * england.appointments_per_1000_patients_per_month
        * period.month_count / 1000 as expected_appointment_count
    from demand
    cross join period
    cross join england
    left join patients on demand.icb_ons_code = patients.icb_ons_code

),

final as (

    select
        expected.icb_ons_code,
        icbs.icb_name,
        icbs.region_ons_code,
        icbs.region_name,
        expected.period_start_month,
        expected.period_end_month,
        expected.month_count,
        expected.appointment_count,
        expected.registered_patients,
        expected.appointments_per_1000_patients_per_month,
        expected.england_appointments_per_1000_patients_per_month,
        expected.expected_appointment_count,
        expected.appointment_count - expected.expected_appointment_count as allocation_gap,
        {{ ratio(
            'expected.appointment_count - expected.expected_appointment_count', 'expected.expected_appointment_count'
        ) }} as allocation_gap_share,
        case
            when expected.appointments_per_1000_patients_per_month is not null
                then {{ rank_of('expected.appointments_per_1000_patients_per_month asc nulls last') }}
        end as rank_below_england,
        expected.gp_count,
        {{ ratio('expected.gp_count', 'expected.appointment_count') }} as gp_share,
        expected.known_lead_time_count,
        expected.same_day_count,
        {{ ratio('expected.same_day_count', 'expected.known_lead_time_count') }} as same_day_share,
        expected.over_14_days_count,
        {{ ratio('expected.over_14_days_count', 'expected.known_lead_time_count') }} as over_14_days_share,
        expected.attended_count,
        expected.dna_count,
        {{ ratio('expected.dna_count', 'expected.attended_count + expected.dna_count') }} as dna_rate,
        expected.unknown_status_count,
        {{ ratio('expected.unknown_status_count', 'expected.appointment_count') }} as unknown_status_share,
        expected.registered_patients as included_patients,
        expected.open_patients,
        {{ ratio('expected.registered_patients', 'expected.open_patients') }} as coverage_share
    from expected
    inner join icbs on expected.icb_ons_code = icbs.icb_ons_code

)

select * from final
