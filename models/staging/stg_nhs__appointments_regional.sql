with

source as (

    select * from {{ ref('appointments_regional') }}

),

texts as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_month') }} as appointment_month,
        {{ squeeze('appointment_status') }} as appointment_status,
        {{ squeeze('hcp_type') }} as hcp_type,
        {{ squeeze('appointment_mode') }} as appointment_mode,
        {{ squeeze('time_between_book_and_appointment') }} as time_between_book_and_appointment,
        {{ squeeze('count_of_appointments') }} as count_of_appointments,
        {{ whole_row('source') }} as raw_row
    from source

),

-- The course layout has no locations at all. A file that has locations must have one in every row.
layout as (

    select count({{ squeeze('sub_icb_location_code') }}) > 0 as has_locations
    from {{ ref('appointments_regional') }}

),

cleaned as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as raw_appointment_month,
        {{ parse_month('appointment_month', ref('appointments_regional')) }} as appointment_month,
        {{ clean_label('appointment_status') }} as appointment_status,
        {{ clean_label('hcp_type') }} as hcp_type,
        {{ clean_label('appointment_mode') }} as appointment_mode,
        {{ clean_label('time_between_book_and_appointment', 'lead_time_band') }} as lead_time_band,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        raw_row
    from texts

),

checked as (

    select
        cleaned.*,
        case
            when cleaned.sub_icb_location_code is null and layout.has_locations
                then 'sub_icb_location_code is empty'
        end as missing_location,
        {{ rejection_reason(
            ['icb_ons_code', 'appointment_status', 'hcp_type', 'appointment_mode', 'lead_time_band'],
            'appointment_month',
            raw_table=ref('appointments_regional')
        ) }} as missing_or_unreadable
    from cleaned
    cross join layout

),

reasons as (

    select
        *,
        nullif(concat_ws('; ', missing_location, missing_or_unreadable), '') as rejection_reason
    from checked

),

final as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month,
        appointment_status,
        hcp_type,
        appointment_mode,
        lead_time_band,
        appointment_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from reasons

)

select * from final
