with

final as (

    select
        geography,
        valid_from,
        valid_to,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        sub_icb_location_name,
        icb_code,
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name,
        boundary_changed_on
    from {{ ref('geography') }}

)

select * from final
