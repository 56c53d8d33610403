with

source as (

    select * from {{ ref('sub_icb_coverage') }}

),

cleaned as (

    select
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('sub_icb_location_ons_code') }} as sub_icb_location_ons_code,
        {{ squeeze('icb_ons_code') }} as icb_ons_code,
        {{ squeeze('appointment_month') }} as raw_appointment_month,
        {{ parse_month(squeeze('appointment_month')) }} as appointment_month,
        {% for count in coverage_counts() -%}
        {{ parse_count(count) }} as {{ count }},
        {% endfor -%}
        {{ row_as_text('source') }} as raw_row
    from source

),

checked as (

    select
        *,
        {{ rejection_reason(['sub_icb_location_code'], 'appointment_month', coverage_counts()) }} as rejection_reason
    from cleaned

),

final as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as coverage_month,
        {{ coverage_counts() | join(',\n        ') }},
        rejection_reason,
        case when rejection_reason is not null then raw_row end as raw_row
    from checked

)

select * from final
