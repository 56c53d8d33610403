with

final as (

    select
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.coverage_month,
        cast(sum(staged.included_practices) as bigint) as included_practices,
        cast(sum(staged.open_practices) as bigint) as open_practices,
        cast(sum(staged.included_practice_patients) as bigint) as included_practice_patients,
        cast(sum(staged.open_practice_patients) as bigint) as open_practice_patients
    from {{ ref('stg_nhs__sub_icb_coverage') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null
    group by
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.coverage_month

)

select * from final
