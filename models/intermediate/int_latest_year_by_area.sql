with

areas as (

    select
        'ICB' as area_level,
        icb_ons_code as area_code,
        icb_name as area_name,
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name
    from {{ ref('dim_icb') }}

    union all

    select
        'Sub-ICB location' as area_level,
        sub_icb_location_ons_code as area_code,
        sub_icb_location_name as area_name,
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name
    from {{ ref('dim_sub_icb_location') }}

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
    where by_area.area_level in ('ICB', 'Sub-ICB location')

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
        area_level,
        area_code,
        count(distinct appointment_month) as months_present,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ count_where("hcp_type = 'GP'") }} as gp_count,
        {{ lead_time_counts() }},
        {{ count_where("lower_days > 14") }} as over_14_days_count,
        {{ attendance_counts() }}
    from latest_appointments
    group by
        area_level,
        area_code

),

-- Open practices are only used to say how much of the area is in the data.
patients as (

    select
        by_need.area_level,
        by_need.area_code,
        avg(cast(by_need.included_patients as double)) as registered_patients,
        avg(cast(by_need.open_patients as double)) as open_patients,
        avg(by_need.need_weighted_patients) as need_weighted_patients,
        avg(by_need.weighted_patients_other_formula) as weighted_patients_other_formula
    from {{ ref('int_patients_by_need') }} as by_need
    inner join period_months on by_need.calendar_month = period_months.appointment_month
    group by
        by_need.area_level,
        by_need.area_code

),

final as (

    select
        demand.area_level,
        demand.area_code,
        case
            when demand.months_present = period.month_count then areas.area_name
            else concat(
                areas.area_name,
                ' (',
                cast(demand.months_present as {{ dbt.type_string() }}),
                ' of ',
                cast(period.month_count as {{ dbt.type_string() }}),
                ' months)'
            )
        end as area_name,
        areas.icb_ons_code,
        areas.icb_name,
        areas.region_ons_code,
        areas.region_name,
        period.period_start_month,
        period.period_end_month,
        period.month_count,
        demand.appointment_count,
        demand.gp_count,
        demand.known_lead_time_count,
        demand.same_day_count,
        demand.over_14_days_count,
        demand.attended_count,
        demand.dna_count,
        demand.unknown_status_count,
        patients.registered_patients,
        patients.open_patients,
        need.patients_as_of,
        need.share_aged_65_and_over,
        need.imd_2019_score,
        coalesce({{ ratio('patients.need_weighted_patients', 'patients.registered_patients') }}, need.need_index)
            as need_index,
        patients.need_weighted_patients,
        coalesce(
            {{ ratio('patients.weighted_patients_other_formula', 'patients.registered_patients') }},
            need.need_index_other_formula
        ) as need_index_other_formula,
        patients.weighted_patients_other_formula
    from demand
    cross join period
    inner join areas
        on
            demand.area_level = areas.area_level
            and demand.area_code = areas.area_code
    left join patients
        on
            demand.area_level = patients.area_level
            and demand.area_code = patients.area_code
    left join {{ ref('int_need_by_organisation') }} as need
        on
            demand.area_level = need.org_level
            and demand.area_code = need.org_code

)

select * from final
