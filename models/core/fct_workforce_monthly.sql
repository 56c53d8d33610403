with

staff as (

    select
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.source,
        staged.snapshot_month,
        staged.staff_group,
        staged.staff_role,
        staged.fte
    from {{ ref('stg_nhs__workforce') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null

),

final as (

    select
        sub_icb_location_code,
        icb_ons_code,
        source,
        snapshot_month,
        staff_group,
        staff_role,
        cast(sum(fte) as double) as fte,
        count(*) as record_count
    from staff
    group by
        sub_icb_location_code,
        icb_ons_code,
        source,
        snapshot_month,
        staff_group,
        staff_role

)

select * from final
