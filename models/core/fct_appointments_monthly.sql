with

appointments as (

    select
        area_codes.icb_ons_code,
        area_codes.sub_icb_location_code,
        staged.appointment_month,
        staged.appointment_status,
        staged.hcp_type,
        staged.appointment_mode,
        staged.lead_time_band,
        staged.appointment_count
    from {{ ref('stg_nhs__appointments_regional') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null

),

-- If a file lacks the sub-ICB column, equal rows are different places. The mid-2022 tables have 21,604 exact repeats
-- with 274,766 appointments. They are summed here, because distinct would lose them.
final as (

    select
        icb_ons_code,
        sub_icb_location_code,
        appointment_month,
        appointment_status,
        hcp_type,
        appointment_mode,
        lead_time_band,
        cast(sum(appointment_count) as bigint) as appointment_count,
        count(*) as record_count
    from appointments
    group by
        icb_ons_code,
        sub_icb_location_code,
        appointment_month,
        appointment_status,
        hcp_type,
        appointment_mode,
        lead_time_band

)

select * from final
