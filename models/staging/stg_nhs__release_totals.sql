with

source as (

    select * from {{ ref('release_totals') }}

),

texts as (

    select
        {{ squeeze('release_month') }} as release_month,
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_month') }} as appointment_month,
        {{ squeeze('count_of_appointments') }} as count_of_appointments,
        {{ squeeze('count_of_attended') }} as count_of_attended,
        {{ squeeze('count_of_dna') }} as count_of_dna,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        release_month as raw_release_month,
        {{ parse_month('release_month') }} as release_month,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as raw_appointment_month,
        {{ parse_month('appointment_month') }} as appointment_month,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        {{ parse_count('count_of_attended') }} as attended_count,
        {{ parse_count('count_of_dna') }} as dna_count,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['icb_ons_code', 'release_month'], 'appointment_month', ['appointment_count', 'attended_count', 'dna_count']
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        release_month,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month,
        appointment_count,
        attended_count,
        dna_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
