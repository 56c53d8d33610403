with

reference as (

    select * from {{ ref('int_locations') }}

),

icbs as (

    select * from {{ ref('dim_icb') }}

),

counted as (

    select
        area_codes.sub_icb_location_code,
        max(area_codes.sub_icb_location_ons_code) as sub_icb_location_ons_code,
        -- The ICB that the reference has for the location, unless every row of the location has a different one.
        coalesce(
            max(case when area_codes.icb_ons_code = reference.icb_ons_code then reference.icb_ons_code end),
            max(area_codes.icb_ons_code)
        ) as icb_ons_code
    from {{ ref('int_area_codes') }} as area_codes
    left join reference on area_codes.sub_icb_location_code = reference.sub_icb_location_code
    where area_codes.is_in_build
    group by area_codes.sub_icb_location_code

),

-- A location of another geography is an area of this build only if appointments are counted under it. A code that the
-- reference seed lacks is kept, so that no total loses an appointment.
locations as (

    select
        coalesce(reference.sub_icb_location_code, counted.sub_icb_location_code) as sub_icb_location_code,
        reference.sub_icb_location_ons_code as reference_ons_code,
        counted.sub_icb_location_ons_code as published_ons_code,
        reference.sub_icb_location_name,
        coalesce(counted.icb_ons_code, reference.icb_ons_code) as icb_ons_code,
        reference.boundary_changed_on,
        coalesce(reference.is_in_geography, false) as is_in_geography,
        reference.sub_icb_location_code is not null as is_in_reference
    from reference
    full outer join counted on reference.sub_icb_location_code = counted.sub_icb_location_code
    where
        reference.is_in_geography
        or counted.sub_icb_location_code is not null

),

final as (

    select
        locations.sub_icb_location_code,
        case
            when locations.is_in_reference
                then
                    coalesce(
                        locations.reference_ons_code, locations.published_ons_code, locations.sub_icb_location_code
                    )
            else locations.sub_icb_location_code
        end as sub_icb_location_ons_code,
        coalesce(locations.sub_icb_location_name, locations.sub_icb_location_code) as sub_icb_location_name,
        locations.icb_ons_code,
        icbs.icb_code,
        icbs.icb_name,
        icbs.region_ons_code,
        icbs.region_name,
        locations.boundary_changed_on,
        locations.is_in_geography,
        locations.is_in_reference
    from locations
    inner join icbs on locations.icb_ons_code = icbs.icb_ons_code

)

select * from final
