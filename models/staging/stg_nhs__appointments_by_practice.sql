with

source as (

    select * from {{ ref('appointments_by_practice') }}

),

texts as (

    select
        {{ squeeze('appointment_month') }} as appointment_month,
        {{ squeeze('practice_code') }} as practice_code,
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('hcp_type') }} as hcp_type,
        {{ squeeze('appointment_mode') }} as appointment_mode,
        {{ squeeze('national_category') }} as national_category,
        {{ squeeze('time_between_book_and_appointment') }} as time_between_book_and_appointment,
        {{ squeeze('appointment_status') }} as appointment_status,
        {{ squeeze('count_of_appointments') }} as count_of_appointments,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        practice_code,
        sub_icb_location_code,
        appointment_month as raw_appointment_month,
        {{ parse_month('appointment_month', ref('appointments_by_practice')) }} as appointment_month,
        {{ clean_label('hcp_type') }} as hcp_type,
        {{ clean_label('appointment_mode') }} as appointment_mode,
        {{ clean_label('national_category') }} as national_category,
        {{ clean_label('time_between_book_and_appointment', 'lead_time_band') }} as lead_time_band,
        {{ clean_label('appointment_status') }} as appointment_status,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['practice_code', 'sub_icb_location_code', 'hcp_type', 'appointment_mode', 'national_category', 'lead_time_band', 'appointment_status'],
            'appointment_month',
            raw_table=ref('appointments_by_practice')
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        practice_code,
        sub_icb_location_code,
        cast(null as {{ dbt.type_string() }}) as sub_icb_location_ons_code,
        cast(null as {{ dbt.type_string() }}) as icb_ons_code,
        appointment_month,
        hcp_type,
        appointment_mode,
        national_category,
        lead_time_band,
        appointment_status,
        appointment_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
