with

appointments as (

    select
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.practice_code,
        staged.appointment_month,
        staged.hcp_type,
        staged.appointment_mode,
        staged.national_category,
        staged.lead_time_band,
        staged.appointment_status,
        staged.appointment_count
    from {{ ref('stg_nhs__appointments_by_practice') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null

),

final as (

    select
        sub_icb_location_code,
        icb_ons_code,
        practice_code,
        appointment_month,
        hcp_type,
        appointment_mode,
        national_category,
        lead_time_band,
        appointment_status,
        cast(sum(appointment_count) as bigint) as appointment_count,
        count(*) as record_count
    from appointments
    group by
        sub_icb_location_code,
        icb_ons_code,
        practice_code,
        appointment_month,
        hcp_type,
        appointment_mode,
        national_category,
        lead_time_band,
        appointment_status

)

select * from final
