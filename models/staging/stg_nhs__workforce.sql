with

raw_rows as (

    select * from {{ ref('workforce') }}

),

texts as (

    select
        {{ squeeze('source') }} as source,
        {{ squeeze('snapshot_month') }} as snapshot_month,
        {{ squeeze('pcn_code') }} as pcn_code,
        {{ squeeze('sub_icb_location_code') }} as sub_icb_location_code,
        {{ squeeze('staff_group') }} as staff_group,
        {{ squeeze('staff_role') }} as staff_role,
        {{ squeeze('fte') }} as fte,
        {{ whole_row('raw_rows') }} as raw_row
    from raw_rows

),

cleaned as (

    select
        {{ clean_label('source') }} as source,
        snapshot_month as raw_snapshot_month,
        {{ parse_month('snapshot_month', ref('workforce')) }} as snapshot_month,
        nullif(pcn_code, 'U') as pcn_code,
        sub_icb_location_code,
        {{ clean_label('staff_group') }} as staff_group,
        {{ clean_label('staff_role') }} as staff_role,
        {{ parse_decimal('fte') }} as fte,
        raw_row
    from texts

),

checked as (

    select
        *,
        {{ rejection_reason(
            ['source', 'sub_icb_location_code', 'staff_group', 'staff_role'],
            'snapshot_month',
            counts=[],
            decimals=['fte'],
            raw_table=ref('workforce')
        ) }} as rejection_reason
    from cleaned

),

final as (

    select
        source,
        snapshot_month,
        pcn_code,
        sub_icb_location_code,
        cast(null as {{ dbt.type_string() }}) as sub_icb_location_ons_code,
        cast(null as {{ dbt.type_string() }}) as icb_ons_code,
        staff_group,
        staff_role,
        fte,
        rejection_reason,
        case when rejection_reason is not null then {{ row_as_text('raw_row') }} end as raw_row
    from checked

)

select * from final
