with

source as (

    select * from {{ ref('appointments_by_role') }}

),

texts as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_date') }} as appointment_date,
        {{ squeeze('sds_role_group') }} as sds_role_group,
        {{ squeeze('count_of_appointments') }} as count_of_appointments,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_date as raw_appointment_date,
        {{ parse_date('appointment_date', ref('appointments_by_role')) }} as appointment_date,
        {{ clean_label('sds_role_group') }} as sds_role_group,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['sub_icb_location_code', 'icb_ons_code', 'sds_role_group'],
            'appointment_date',
            raw_table=ref('appointments_by_role')
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_date,
        cast(date_trunc('month', appointment_date) as date) as appointment_month,
        sds_role_group,
        appointment_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
