with

source as (

    select * from {{ ref('national_categories') }}

),

texts as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_name') }} as sub_icb_location_name,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_date') }} as appointment_date,
        {{ squeeze('service_setting') }} as service_setting,
        {{ squeeze('context_type') }} as context_type,
        {{ squeeze('national_category') }} as national_category,
        {{ squeeze('count_of_appointments') }} as count_of_appointments,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        -- If there is no code, it is the part of the name after the last ' - ': NHS Devon ICB - 15N. Excel makes a dash
        -- of the hyphen.
        coalesce(
            sub_icb_location_code,
            nullif(regexp_extract(sub_icb_location_name, '^.* [-–] (.+)$', 1), '')
        ) as sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_date as raw_appointment_date,
        {{ parse_date('appointment_date', ref('national_categories')) }} as appointment_date,
        {{ clean_label('service_setting') }} as service_setting,
        {{ clean_label('context_type') }} as context_type,
        {{ clean_label('national_category') }} as national_category,
        {{ parse_count('count_of_appointments') }} as appointment_count,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['sub_icb_location_code', 'icb_ons_code', 'service_setting', 'context_type', 'national_category'],
            'appointment_date',
            raw_table=ref('national_categories')
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
        service_setting,
        context_type,
        national_category,
        appointment_count,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
