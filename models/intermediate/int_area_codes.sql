with

geography as (

    select * from {{ ref('geography') }}

),

locations as (

    select * from {{ ref('int_locations') }}

),

current_icbs as (

    select distinct geography.icb_ons_code
    from geography
    inner join {{ ref('int_geography') }} as build on geography.geography = build.geography

),

-- The ICB that the locations of each ICB are counted under in this build. If it is one for all of them, the ICB itself
-- is counted there too.
location_moves as (

    select distinct
        geography.icb_ons_code,
        geography.sub_icb_location_code,
        locations.icb_ons_code as moved_to
    from geography
    inner join locations on geography.sub_icb_location_code = locations.sub_icb_location_code

),

icb_moves as (

    select
        icb_ons_code,
        max(moved_to) as moved_to
    from location_moves
    group by icb_ons_code
    having count(distinct moved_to) = 1

),

stps as (

    select * from {{ ref('stps') }}

),

successions as (

    select * from {{ ref('area_successions') }}

),

published as (

    select
        published_area,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        max(case when raw_table <> 'release_totals' then 1 else 0 end) = 1 as is_in_build
    from {{ ref('int_published_areas') }}
    group by
        published_area,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code

),

-- A CCG that merged as a whole is part of its successor. If the ONS code of a CCG differs from that of the location
-- with the same short code, the CCG had another boundary: it stays an area of its own, under its ONS code. A code that
-- nobody knows stays as it is.
placed as (

    select
        published.*,
        case
            when successions.successor_code is not null then successions.successor_code
            when published.sub_icb_location_ons_code <> locations.sub_icb_location_ons_code
                then published.sub_icb_location_ons_code
            else published.sub_icb_location_code
        end as placed_location_code
    from published
    left join locations on published.sub_icb_location_code = locations.sub_icb_location_code
    left join successions on published.sub_icb_location_code = successions.predecessor_code

),

-- A published ICB that the build's geography has is kept, whichever ICB the reference has for the location. An ICB of
-- another geography is replaced by the ICB of its location. An STP is also replaced by the ICB of the location. A code
-- that nobody knows stays as it is.
counted as (

    select
        placed.*,
        locations.icb_ons_code as reference_icb_ons_code,
        case
            when current_icbs.icb_ons_code is not null then placed.icb_ons_code
            when stps.stp_ons_code is not null then coalesce(locations.icb_ons_code, placed.icb_ons_code)
            else coalesce(location_moves.moved_to, icb_moves.moved_to, placed.icb_ons_code)
        end as counted_icb_ons_code
    from placed
    left join current_icbs on placed.icb_ons_code = current_icbs.icb_ons_code
    left join stps on placed.icb_ons_code = stps.stp_ons_code
    left join locations on placed.placed_location_code = locations.sub_icb_location_code
    left join location_moves
        on
            placed.icb_ons_code = location_moves.icb_ons_code
            and placed.placed_location_code = location_moves.sub_icb_location_code
    left join icb_moves on placed.icb_ons_code = icb_moves.icb_ons_code

),

-- A table that names no ICB, such as that of practices, has the ICB of the location in the tables that do: the
-- reference's, unless every one of them has another.
location_icbs as (

    select
        placed_location_code,
        coalesce(
            max(case when counted_icb_ons_code = reference_icb_ons_code then reference_icb_ons_code end),
            max(counted_icb_ons_code)
        ) as icb_ons_code
    from counted
    where is_in_build
    group by placed_location_code

),

final as (

    select
        counted.published_area,
        counted.placed_location_code as sub_icb_location_code,
        case
            when counted.placed_location_code = counted.sub_icb_location_code then counted.sub_icb_location_ons_code
        end as sub_icb_location_ons_code,
        coalesce(
            counted.counted_icb_ons_code, location_icbs.icb_ons_code, counted.reference_icb_ons_code, 'Unknown'
        ) as icb_ons_code,
        counted.icb_ons_code as published_icb_ons_code,
        counted.is_in_build
    from counted
    left join location_icbs on counted.placed_location_code = location_icbs.placed_location_code

)

select * from final
