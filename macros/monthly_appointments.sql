{#
    The two tables that have a row per place x month x status x HCP type x mode x lead-time band: appointments in the
    systems of practices, and in those of PCNs. They are never added up.
#}

{# The raw rows of such a table, with data types and clean labels. #}
{% macro staged_appointments(raw_table) %}
with

source as (

    select * from {{ ref(raw_table) }}

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
    from {{ ref(raw_table) }}

),

cleaned as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        appointment_month as raw_appointment_month,
        {{ parse_month('appointment_month', ref(raw_table)) }} as appointment_month,
        {% if raw_table == 'appointments_by_pcn_system' %}
        -- An appointment that stayed booked is Unknown in all other tables. There, Booked would be a sign of rows of PCNs.
        case
            when appointment_status = 'Booked' then 'Unknown'
            else {{ clean_label('appointment_status') }}
        end as appointment_status,
        {% else %}
        {{ clean_label('appointment_status') }} as appointment_status,
        {% endif %}
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
            raw_table=ref(raw_table)
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
{% endmacro %}


{# The appointments of such a table by the place that they are counted under, one row per key. #}
{% macro monthly_appointments(raw_table) %}
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
    from {{ ref('stg_nhs__' ~ raw_table) }} as staged
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
{% endmacro %}
