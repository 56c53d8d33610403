with

geography as (

    select distinct
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name
    from {{ ref('geography') }}

),

published_codes as (

    select distinct icb_ons_code from {{ ref('int_area_codes') }}

),

-- A code that the reference seed lacks stands for itself, so that no appointment leaves a total.
new_codes as (

    select published_codes.icb_ons_code
    from published_codes
    left join geography on published_codes.icb_ons_code = geography.icb_ons_code
    where geography.icb_ons_code is null

),

final as (

    select
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name,
        true as is_in_reference
    from geography

    union all

    select
        icb_ons_code,
        icb_ons_code as icb_name,
        'Unknown' as region_ons_code,
        'Unknown' as region_name,
        false as is_in_reference
    from new_codes

)

select * from final
