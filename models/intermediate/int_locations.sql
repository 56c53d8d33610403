with

geography as (

    select
        seed.*,
        build.published_geography,
        seed.geography = build.geography as is_in_geography,
        {{ outside_geography('seed', 'build') }} as suffix
    from {{ ref('geography') }} as seed
    cross join {{ ref('int_geography') }} as build

),

-- The row that each location has in the build's geography or, if there is none, its newest row in another geography.
preferred as (

    select
        *,
        row_number() over (
            partition by sub_icb_location_code
            order by
                is_in_geography desc,
                valid_from desc
        ) as preference
    from geography

),

published as (

    select * from geography
    where geography = published_geography

),

-- An ICB that ended is replaced by the ICBs of its locations. But if a table names it without locations, and its
-- locations went to several ICBs, it stays whole in every table. Otherwise the tables would hold different parts of it
-- and could not be compared.
kept_icbs as (

    select published.icb_ons_code
    from published
    inner join preferred
        on
            published.sub_icb_location_code = preferred.sub_icb_location_code
            and preferred.preference = 1
    where
        published.icb_ons_code not in (
            select geography.icb_ons_code
            from geography
            where geography.is_in_geography
        )
        and published.icb_ons_code in (
            select areas.icb_ons_code
            from {{ ref('int_published_areas') }} as areas
            where
                areas.sub_icb_location_code is null
                and areas.raw_table <> 'release_totals'
        )
    group by published.icb_ons_code
    having count(distinct preferred.icb_ons_code) > 1

),

kept_locations as (

    select published.*
    from published
    inner join kept_icbs on published.icb_ons_code = kept_icbs.icb_ons_code

),

final as (

    select
        preferred.sub_icb_location_code,
        preferred.sub_icb_location_ons_code,
        coalesce(
            kept_locations.sub_icb_location_name,
            concat(preferred.sub_icb_location_name, preferred.suffix)
        ) as sub_icb_location_name,
        coalesce(kept_locations.icb_ons_code, preferred.icb_ons_code) as icb_ons_code,
        preferred.boundary_changed_on,
        preferred.is_in_geography,
        coalesce(preferred.patients_from_code, preferred.sub_icb_location_code) as reference_code
    from preferred
    left join kept_locations on preferred.sub_icb_location_code = kept_locations.sub_icb_location_code
    where preferred.preference = 1

)

select * from final
