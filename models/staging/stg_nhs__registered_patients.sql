with

source as (

    select * from {{ ref('registered_patients') }}

),

texts as (

    select
        {{ squeeze('extract_date') }} as extract_date,
        {{ squeeze('org_type') }} as org_type,
        {{ squeeze('org_code') }} as org_code,
        {{ squeeze('sex') }} as sex,
        {{ squeeze('age_group_5') }} as age_group_5,
        {{ squeeze('number_of_patients') }} as number_of_patients,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        extract_date as raw_extract_date,
        {{ parse_date('extract_date', ref('registered_patients')) }} as extract_date,
        {{ clean_label('org_type') }} as org_type,
        org_code,
        {{ clean_label('sex') }} as sex,
        {{ clean_label("replace(age_group_5, '_', '-')", 'age_band') }} as age_band,
        {{ parse_count('number_of_patients') }} as number_of_patients,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['org_type', 'org_code', 'sex', 'age_band'],
            'extract_date',
            counts=['number_of_patients'],
            raw_table=ref('registered_patients')
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        extract_date,
        org_type,
        org_code,
        case when org_type = 'SUB_ICB_LOCATION_CODE' then org_code end as sub_icb_location_code,
        cast(null as {{ dbt.type_string() }}) as sub_icb_location_ons_code,
        cast(null as {{ dbt.type_string() }}) as icb_ons_code,
        sex,
        age_band,
        number_of_patients,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
