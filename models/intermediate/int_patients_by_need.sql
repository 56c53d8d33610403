with

patients as (

    select * from {{ ref('int_practice_patients') }}

),

need as (

    select * from {{ ref('int_need_by_organisation') }}

),

summed_icbs as (

    select
        locations.icb_ons_code,
        patients.calendar_month,
        sum(patients.included_patients) as included_patients,
        {{ ratio('sum(patients.included_patients * need.need_index)', 'sum(patients.included_patients)') }}
            as need_index,
        {{ ratio(
            'sum(patients.included_patients * need.need_index_other_formula)', 'sum(patients.included_patients)'
        ) }} as need_index_other_formula
    from {{ ref('dim_sub_icb_location') }} as locations
    inner join patients
        on
            patients.area_level = 'Sub-ICB location'
            and locations.sub_icb_location_ons_code = patients.area_code
    inner join need
        on
            need.org_level = 'Sub-ICB location'
            and locations.sub_icb_location_ons_code = need.org_code
    group by
        locations.icb_ons_code,
        patients.calendar_month

),

-- In a month in which its locations have all of its patients, an ICB is the sum of them.
final as (

    select
        patients.area_level,
        patients.area_code,
        patients.calendar_month,
        patients.included_patients,
        patients.open_patients,
        patients.included_patients * coalesce(summed_icbs.need_index, need.need_index) as need_weighted_patients,
        patients.included_patients * coalesce(summed_icbs.need_index_other_formula, need.need_index_other_formula)
            as weighted_patients_other_formula
    from patients
    left join need
        on
            patients.area_level = need.org_level
            and patients.area_code = need.org_code
    left join summed_icbs
        on
            patients.area_level = 'ICB'
            and patients.area_code = summed_icbs.icb_ons_code
            and patients.calendar_month = summed_icbs.calendar_month
            and patients.included_patients = summed_icbs.included_patients

)

select * from final
