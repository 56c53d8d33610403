with

appointments as (

    select
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.appointment_date,
        staged.appointment_month,
        staged.sds_role_group,
        staged.appointment_count
    from {{ ref('stg_nhs__appointments_by_role') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null

),

final as (

    select
        sub_icb_location_code,
        icb_ons_code,
        appointment_date,
        appointment_month,
        sds_role_group,
        cast(sum(appointment_count) as bigint) as appointment_count,
        count(*) as record_count
    from appointments
    group by
        sub_icb_location_code,
        icb_ons_code,
        appointment_date,
        appointment_month,
        sds_role_group

)

select * from final
