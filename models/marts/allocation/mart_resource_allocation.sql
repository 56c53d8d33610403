with

measured as (

    select * from {{ ref('int_latest_year_by_area') }}

),

-- Of the areas whose patients are known: a new code's appointments would raise the rate that all are measured by.
england as (

    select
        area_level,
        {{ rate_per_1000_patients_per_month(
            'sum(case when registered_patients is not null then appointment_count end)',
            'sum(registered_patients)',
            'max(month_count)'
        ) }} as appointments_per_1000_patients_per_month,
        {{ rate_per_1000_patients_per_month(
            'sum(case when need_weighted_patients is not null then appointment_count end)',
            'sum(need_weighted_patients)',
            'max(month_count)'
        ) }} as appointments_per_1000_weighted_patients_per_month,
        {{ rate_per_1000_patients_per_month(
            'sum(case when weighted_patients_other_formula is not null then appointment_count end)',
            'sum(weighted_patients_other_formula)',
            'max(month_count)'
        ) }} as rate_by_other_formula
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
        gaps.area_name,
        gaps.icb_ons_code,
        gaps.icb_name,
        gaps.region_ons_code,
        gaps.region_name,
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

)

select * from final
