with

appointments as (

    select * from {{ ref('stg_nhs__actual_duration') }}
    where rejection_reason is null

),

final as (

    select
        sub_icb_location_code,
        icb_ons_code,
        appointment_date,
        appointment_month,
        duration_band,
        cast(sum(appointment_count) as bigint) as appointment_count,
        count(*) as record_count
    from appointments
    group by
        sub_icb_location_code,
        icb_ons_code,
        appointment_date,
        appointment_month,
        duration_band

)

select * from final
