with

geography as (

    select * from {{ ref('geography') }}

),

known_icbs as (

    select distinct icb_ons_code from geography

),

successions as (

    select * from {{ ref('area_successions') }}

),

published as (

    select * from {{ ref('int_published_areas') }}

),

-- A CCG that merged whole is part of its successor. One whose ONS code is not that of the location of the same short
-- code had another boundary: it stays an area of its own, by its ONS code. A code that is not known stands for itself.
placed as (

    select
        published.published_area,
        case
            when successions.successor_code is not null then successions.successor_code
            when published.sub_icb_location_ons_code <> geography.sub_icb_location_ons_code
                then published.sub_icb_location_ons_code
            else published.sub_icb_location_code
        end as sub_icb_location_code,
        published.icb_ons_code
    from published
    left join geography on published.sub_icb_location_code = geography.sub_icb_location_code
    left join successions on published.sub_icb_location_code = successions.predecessor_code

),

-- An ICB code that is not known, such as an STP's, is that of the location's ICB, where the location is known.
final as (

    select
        placed.published_area,
        placed.sub_icb_location_code,
        case
            when known_icbs.icb_ons_code is not null then placed.icb_ons_code
            else coalesce(geography.icb_ons_code, placed.icb_ons_code, 'Unknown')
        end as icb_ons_code
    from placed
    left join known_icbs on placed.icb_ons_code = known_icbs.icb_ons_code
    left join geography on placed.sub_icb_location_code = geography.sub_icb_location_code

)

select * from final
