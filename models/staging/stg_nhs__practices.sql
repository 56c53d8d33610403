with

source as (

    select * from {{ ref('practices') }}

),

texts as (

    select
        {{ squeeze('practice_code') }} as practice_code,
        {{ squeeze('practice_name') }} as practice_name,
        {{ squeeze('supplier') }} as supplier,
        {{ squeeze('pcn_code') }} as pcn_code,
        {{ squeeze('pcn_name') }} as pcn_name,
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ whole_row('source') }} as raw_row
    from source

),

cleaned as (

    select
        practice_code,
        practice_name,
        supplier,
        -- U stands for unallocated: the practice belongs to no PCN.
        nullif(pcn_code, 'U') as pcn_code,
        case when pcn_code <> 'U' then pcn_name end as pcn_name,
        sub_icb_location_code,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(['practice_code', 'sub_icb_location_code'], counts=[]) }} as rejection_reason
    from cleaned

),

final as (

    select
        practice_code,
        practice_name,
        supplier,
        pcn_code,
        pcn_name,
        sub_icb_location_code,
        cast(null as {{ dbt.type_string() }}) as sub_icb_location_ons_code,
        cast(null as {{ dbt.type_string() }}) as icb_ons_code,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
