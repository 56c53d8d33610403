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
        practice_patients.area_level,
        practice_patients.area_code,
        avg(cast(practice_patients.included_patients as double)) as registered_patients,
        avg(cast(practice_patients.open_patients as double)) as open_patients
    from {{ ref('int_practice_patients') }} as practice_patients
    inner join period_months on practice_patients.calendar_month = period_months.appointment_month
    group by
        practice_patients.area_level,
        practice_patients.area_code

),

need as (

    select * from {{ ref('int_need_by_organisation') }}

),

-- Where the registered patients of all its locations are known, an ICB is the sum of them.
need_from_locations as (

    select
        'ICB' as area_level,
        locations.icb_ons_code as area_code,
        {{ ratio('sum(patients.registered_patients * need.need_index)', 'sum(patients.registered_patients)') }}
            as need_index,
        {{ ratio(
            'sum(patients.registered_patients * need.need_index_other_formula)', 'sum(patients.registered_patients)'
        ) }} as need_index_other_formula
    from {{ ref('dim_sub_icb_location') }} as locations
    left join patients
        on
            patients.area_level = 'Sub-ICB location'
            and locations.sub_icb_location_ons_code = patients.area_code
    left join need
        on
            need.org_level = 'Sub-ICB location'
            and locations.sub_icb_location_ons_code = need.org_code
    group by locations.icb_ons_code
    having count(*) = count(patients.registered_patients * need.need_index)

),

need_of_areas as (

    select
        need.org_level as area_level,
        need.org_code as area_code,
        need.patients_as_of,
        need.share_aged_65_and_over,
        need.imd_2019_score,
        coalesce(need_from_locations.need_index, need.need_index) as need_index,
        coalesce(need_from_locations.need_index_other_formula, need.need_index_other_formula) as need_index_other_formula
    from need
    left join need_from_locations
        on
            need.org_level = need_from_locations.area_level
            and need.org_code = need_from_locations.area_code

),

measured as (

    select
        demand.*,
        period.period_start_month,
        period.period_end_month,
        period.month_count,
        patients.registered_patients,
        patients.open_patients,
        need_of_areas.patients_as_of,
        need_of_areas.share_aged_65_and_over,
        need_of_areas.imd_2019_score,
        need_of_areas.need_index,
        need_of_areas.need_index_other_formula,
        patients.registered_patients * need_of_areas.need_index as need_weighted_patients,
        patients.registered_patients * need_of_areas.need_index_other_formula as weighted_patients_other_formula
    from demand
    cross join period
    left join patients
        on
            demand.area_level = patients.area_level
            and demand.area_code = patients.area_code
    left join need_of_areas
        on
            demand.area_level = need_of_areas.area_level
            and demand.area_code = need_of_areas.area_code

),

-- Of the areas whose patients are known: a new code's appointments would raise the rate that all are measured by.
england as (

    select
        area_level,
        {% for rate, patients in [
            ('appointments_per_1000_patients_per_month', 'registered_patients'),
            ('appointments_per_1000_weighted_patients_per_month', 'need_weighted_patients'),
            ('rate_by_other_formula', 'weighted_patients_other_formula'),
        ] -%}
        {{ rate_per_1000_patients_per_month(
            'sum(case when ' ~ patients ~ ' is not null then appointment_count end)',
            'sum(' ~ patients ~ ')',
            'max(month_count)'
        ) }} as {{ rate }}{{ ',' if not loop.last }}
        {% endfor %}
    from measured
    group by area_level

),

expected as (

    select
        measured.*,
        {{ rate_per_1000_patients_per_month(
            'measured.appointment_count', 'measured.registered_patients', 'measured.month_count'
        ) }} as appointments_per_1000_patients_per_month,
        {{ rate_per_1000_patients_per_month(
            'measured.appointment_count', 'measured.need_weighted_patients', 'measured.month_count'
        ) }} as appointments_per_1000_weighted_patients_per_month,
        england.appointments_per_1000_patients_per_month as england_appointments_per_1000_patients_per_month,
        england.appointments_per_1000_weighted_patients_per_month
            as england_appointments_per_1000_weighted_patients_per_month,
        measured.registered_patients * england.appointments_per_1000_patients_per_month
        * measured.month_count / 1000 as expected_appointment_count,
        measured.need_weighted_patients * england.appointments_per_1000_weighted_patients_per_month
        * measured.month_count / 1000 as expected_appointment_count_by_need,
        measured.weighted_patients_other_formula * england.rate_by_other_formula
        * measured.month_count / 1000 as expected_appointment_count_by_other_formula
    from measured
    inner join england on measured.area_level = england.area_level

),

gaps as (

    select
        *,
        appointment_count - expected_appointment_count as allocation_gap,
        appointment_count - expected_appointment_count_by_need as allocation_gap_by_need,
        appointment_count - expected_appointment_count_by_other_formula as allocation_gap_by_other_formula
    from expected

),

final as (

    select
        gaps.area_level,
        gaps.area_code,
        case
            when gaps.months_present = gaps.month_count then areas.area_name
            else concat(
                areas.area_name,
                ' (',
                cast(gaps.months_present as {{ dbt.type_string() }}),
                ' of ',
                cast(gaps.month_count as {{ dbt.type_string() }}),
                ' months)'
            )
        end as area_name,
        areas.icb_ons_code,
        areas.icb_name,
        areas.region_ons_code,
        areas.region_name,
        gaps.period_start_month,
        gaps.period_end_month,
        gaps.month_count,
        gaps.appointment_count,
        gaps.registered_patients,
        gaps.need_index,
        gaps.need_weighted_patients,
        gaps.patients_as_of,
        gaps.share_aged_65_and_over,
        gaps.imd_2019_score,
        gaps.appointments_per_1000_patients_per_month,
        gaps.england_appointments_per_1000_patients_per_month,
        gaps.expected_appointment_count,
        gaps.allocation_gap,
        {{ ratio('gaps.allocation_gap', 'gaps.expected_appointment_count') }} as allocation_gap_share,
        case
            when gaps.appointments_per_1000_patients_per_month is not null
                then {{ rank_of('gaps.appointments_per_1000_patients_per_month asc nulls last', 'gaps.area_level') }}
        end as rank_below_england,
        gaps.appointments_per_1000_weighted_patients_per_month,
        gaps.england_appointments_per_1000_weighted_patients_per_month,
        gaps.expected_appointment_count_by_need,
        gaps.allocation_gap_by_need,
        {{ ratio('gaps.allocation_gap_by_need', 'gaps.expected_appointment_count_by_need') }}
            as allocation_gap_by_need_share,
        case
            when gaps.appointments_per_1000_weighted_patients_per_month is not null
                then
                    {{ rank_of(
                        'gaps.appointments_per_1000_weighted_patients_per_month asc nulls last', 'gaps.area_level'
                    ) }}
        end as rank_below_england_by_need,
        gaps.allocation_gap < 0 and gaps.allocation_gap_by_need < 0 as is_below_england_both_ways,
        gaps.need_index_other_formula,
        gaps.allocation_gap_by_other_formula,
        gaps.allocation_gap < 0
        and gaps.allocation_gap_by_need < 0
        and gaps.allocation_gap_by_other_formula < 0 as is_below_england_all_ways,
        gaps.gp_count,
        {{ ratio('gaps.gp_count', 'gaps.appointment_count') }} as gp_share,
        gaps.known_lead_time_count,
        gaps.same_day_count,
        {{ ratio('gaps.same_day_count', 'gaps.known_lead_time_count') }} as same_day_share,
        gaps.over_14_days_count,
        {{ ratio('gaps.over_14_days_count', 'gaps.known_lead_time_count') }} as over_14_days_share,
        gaps.attended_count,
        gaps.dna_count,
        {{ ratio('gaps.dna_count', 'gaps.attended_count + gaps.dna_count') }} as dna_rate,
        gaps.unknown_status_count,
        {{ ratio('gaps.unknown_status_count', 'gaps.appointment_count') }} as unknown_status_share,
        gaps.registered_patients as included_patients,
        gaps.open_patients,
        {{ ratio('gaps.registered_patients', 'gaps.open_patients') }} as coverage_share
    from gaps
    inner join areas
        on
            gaps.area_level = areas.area_level
            and gaps.area_code = areas.area_code

)

select * from final
