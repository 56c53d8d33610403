with

source as (

    select * from {{ ref('sub_icb_coverage') }}

),

texts as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_month') }} as appointment_month,
        {{ squeeze('included_practices') }} as included_practices,
        {{ squeeze('open_practices') }} as open_practices,
        {{ squeeze('included_practice_patients') }} as included_practice_patients,
        {{ squeeze('open_practice_patients') }} as open_practice_patients,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as raw_appointment_month,
        {{ parse_month('appointment_month', ref('sub_icb_coverage')) }} as appointment_month,
        {{ parse_count('included_practices') }} as included_practices,
        {{ parse_count('open_practices') }} as open_practices,
        {{ parse_count('included_practice_patients') }} as included_practice_patients,
        {{ parse_count('open_practice_patients') }} as open_practice_patients,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['sub_icb_location_code'],
            'appointment_month',
            ['included_practices', 'open_practices', 'included_practice_patients', 'open_practice_patients'],
            raw_table=ref('sub_icb_coverage')
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as coverage_month,
        included_practices,
        open_practices,
        included_practice_patients,
        open_practice_patients,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
