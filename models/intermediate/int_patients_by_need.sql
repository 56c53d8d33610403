with

patients as (

    select * from {{ ref('int_practice_patients') }}

),

need as (

    select * from {{ ref('int_need_by_organisation') }}

),

locations as (

    select
        sub_icb_location_ons_code,
        icb_ons_code,
        count(*) over (partition by icb_ons_code) as location_count
    from {{ ref('dim_sub_icb_location') }}

),

-- In a month in which the patients of all its locations are known, an ICB is the sum of them.
summed_icbs as (

    select
        locations.icb_ons_code,
        patients.calendar_month,
        {{ ratio('sum(patients.included_patients * need.need_index)', 'sum(patients.included_patients)') }}
            as need_index,
        {{ ratio(
            'sum(patients.included_patients * need.need_index_other_formula)', 'sum(patients.included_patients)'
        ) }} as need_index_other_formula
    from locations
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
    having count(*) = max(locations.location_count)

),

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

)

select * from final
