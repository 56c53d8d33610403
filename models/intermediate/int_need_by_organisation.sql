with

workload as (

    select
        sex,
        lowest_age,
        highest_age,
        sum(case when formula = '{{ need_formula() }}' then workload_index end) as main_index,
        sum(case when formula <> '{{ need_formula() }}' then workload_index end) as other_index
    from {{ ref('workload_index') }}
    group by
        sex,
        lowest_age,
        highest_age

),

organisations as (

    select
        by_age.org_level,
        by_age.org_code,
        min(by_age.patients_as_of) as patients_as_of,
        sum(by_age.number_of_patients) as patient_count,
        sum(case when by_age.lowest_age >= 65 then by_age.number_of_patients else 0 end) as patients_aged_65_and_over,
        sum(by_age.number_of_patients * workload.main_index) as main_workload,
        sum(by_age.number_of_patients * workload.other_index) as other_workload
    from {{ ref('int_patients_by_age') }} as by_age
    inner join workload
        on
            by_age.sex = workload.sex
            and by_age.lowest_age >= workload.lowest_age
            and (by_age.lowest_age <= workload.highest_age or workload.highest_age is null)
    group by
        by_age.org_level,
        by_age.org_code

),

locations as (

    select
        places.sub_icb_location_ons_code,
        places.icb_ons_code,
        places.region_ons_code,
        places.is_in_geography,
        organisations.patients_as_of,
        organisations.patient_count,
        organisations.patients_aged_65_and_over,
        organisations.main_workload,
        organisations.other_workload,
        deprivation.imd_2019_score
    from {{ ref('dim_sub_icb_location') }} as places
    inner join organisations
        on
            places.sub_icb_location_code = organisations.org_code
            and organisations.org_level = 'Sub-ICB location'
    left join {{ ref('int_locations') }} as reference on places.sub_icb_location_code = reference.sub_icb_location_code
    left join {{ ref('deprivation') }} as deprivation on reference.reference_code = deprivation.sub_icb_location_code

),

-- England and its regions hold the locations of the build's geography. A location of another one has the same patients
-- as some of these.
summed as (

    {% for org_level, org_code, rows in [
        ('England', "'E92000001'", 'is_in_geography'),
        ('NHS region', 'region_ons_code', 'is_in_geography'),
        ('ICB', 'icb_ons_code', 'true'),
        ('Sub-ICB location', 'sub_icb_location_ons_code', 'true'),
    ] -%}
    select
        '{{ org_level }}' as org_level,
        {{ org_code }} as org_code,
        min(patients_as_of) as patients_as_of,
        sum(patient_count) as patient_count,
        sum(patients_aged_65_and_over) as patients_aged_65_and_over,
        sum(main_workload) as main_workload,
        sum(other_workload) as other_workload,
        {{ ratio(
            'sum(patient_count * imd_2019_score)',
            'sum(case when imd_2019_score is not null then patient_count end)'
        ) }} as imd_2019_score
    from locations
    where {{ rows }}
    group by {{ org_code }}

    union all

    {% endfor -%}
    select
        org_level,
        org_code,
        patients_as_of,
        patient_count,
        patients_aged_65_and_over,
        main_workload,
        other_workload,
        cast(null as double) as imd_2019_score
    from organisations
    where org_level <> 'Sub-ICB location'

),

england as (

    select * from summed
    where org_level = 'England'

),

final as (

    select
        summed.org_level,
        summed.org_code,
        summed.patients_as_of,
        cast(summed.patient_count as bigint) as patients,
        {{ ratio('summed.main_workload * england.patient_count', 'england.main_workload * summed.patient_count') }}
            as need_index,
        {{ ratio('summed.other_workload * england.patient_count', 'england.other_workload * summed.patient_count') }}
            as need_index_other_formula,
        cast(summed.patients_aged_65_and_over as bigint) as patients_aged_65_and_over,
        {{ ratio('summed.patients_aged_65_and_over', 'summed.patient_count') }} as share_aged_65_and_over,
        summed.imd_2019_score
    from summed
    cross join england

)

select * from final
