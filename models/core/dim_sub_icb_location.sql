with

geography as (

    select * from {{ ref('geography') }}

),

icbs as (

    select * from {{ ref('dim_icb') }}

),

published_codes as (

    select
        sub_icb_location_code,
        icb_ons_code
    from {{ ref('int_area_codes') }}
    where sub_icb_location_code is not null

),

-- A code that the reference seed lacks stands for itself, so that no appointment leaves a total.
new_codes as (

    select
        published_codes.sub_icb_location_code,
        max(published_codes.icb_ons_code) as icb_ons_code
    from published_codes
    left join geography on published_codes.sub_icb_location_code = geography.sub_icb_location_code
    where geography.sub_icb_location_code is null
    group by published_codes.sub_icb_location_code

),

locations as (

    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        sub_icb_location_name,
        icb_ons_code,
        true as is_in_reference
    from geography

    union all

    select
        sub_icb_location_code,
        sub_icb_location_code as sub_icb_location_ons_code,
        sub_icb_location_code as sub_icb_location_name,
        icb_ons_code,
        false as is_in_reference
    from new_codes

),

final as (

    select
        locations.sub_icb_location_code,
        locations.sub_icb_location_ons_code,
        locations.sub_icb_location_name,
        locations.icb_ons_code,
        icbs.icb_name,
        icbs.region_ons_code,
        icbs.region_name,
        locations.is_in_reference
    from locations
    inner join icbs on locations.icb_ons_code = icbs.icb_ons_code

)

select * from final
