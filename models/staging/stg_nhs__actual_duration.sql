with

source as (

    select * from {{ ref('actual_duration') }}

),

texts as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_date') }} as appointment_date,
        {{ squeeze('actual_duration') }} as actual_duration,
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
        {{ parse_date('appointment_date', ref('actual_duration')) }} as appointment_date,
        {{ clean_label('actual_duration', 'duration_band') }} as duration_band,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['sub_icb_location_code', 'icb_ons_code', 'duration_band'],
            'appointment_date',
            raw_table=ref('actual_duration')
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
        duration_band,
        appointment_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
