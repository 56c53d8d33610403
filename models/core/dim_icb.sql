with

geography as (

    select
        seed.*,
        seed.geography = build.geography as is_in_geography,
        {{ outside_geography('seed', 'build') }} as suffix
    from {{ ref('geography') }} as seed
    cross join {{ ref('int_geography') }} as build

),

-- The row that each ICB has in the build's geography or, if there is none, its newest row in another geography. The
-- boundary of the ICB changed when that of its locations last did.
known_icbs as (

    select
        icb_ons_code,
        icb_code,
        concat(icb_name, suffix) as icb_name,
        region_ons_code,
        region_name,
        max(boundary_changed_on) over (partition by geography, icb_ons_code) as boundary_changed_on,
        is_in_geography,
        row_number() over (
            partition by icb_ons_code
            order by
                is_in_geography desc,
                valid_from desc
        ) as preference
    from geography

),

counted_codes as (

    select distinct icb_ons_code
    from {{ ref('int_area_codes') }}
    where is_in_build

),

final as (

    -- An ICB of another geography is an area of this build only if appointments are counted under it.
    select
        known_icbs.icb_ons_code,
        known_icbs.icb_code,
        known_icbs.icb_name,
        known_icbs.region_ons_code,
        known_icbs.region_name,
        known_icbs.boundary_changed_on,
        known_icbs.is_in_geography,
        true as is_in_reference
    from known_icbs
    left join counted_codes on known_icbs.icb_ons_code = counted_codes.icb_ons_code
    where
        known_icbs.preference = 1
        and (known_icbs.is_in_geography or counted_codes.icb_ons_code is not null)

    union all

    -- A code that the reference seed lacks is kept, so that no total loses an appointment.
    select
        counted_codes.icb_ons_code,
        cast(null as {{ dbt.type_string() }}) as icb_code,
        counted_codes.icb_ons_code as icb_name,
        'Unknown' as region_ons_code,
        'Unknown' as region_name,
        cast(null as date) as boundary_changed_on,
        false as is_in_geography,
        false as is_in_reference
    from counted_codes
    left join known_icbs on counted_codes.icb_ons_code = known_icbs.icb_ons_code
    where known_icbs.icb_ons_code is null

)

select * from final
