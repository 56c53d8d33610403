with

patients as (

    select
        staged.extract_date,
        staged.org_type,
        staged.org_code,
        area_codes.sub_icb_location_code,
        staged.sex,
        staged.age_band,
        staged.number_of_patients
    from {{ ref('stg_nhs__registered_patients') }} as staged
    left join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null

),

final as (

    select
        extract_date,
        org_type,
        org_code,
        sub_icb_location_code,
        sex,
        age_band,
        cast(sum(number_of_patients) as bigint) as number_of_patients,
        count(*) as record_count
    from patients
    group by
        extract_date,
        org_type,
        org_code,
        sub_icb_location_code,
        sex,
        age_band

)

select * from final
