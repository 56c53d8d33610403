with

category_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'national_categories'

),

-- `England (24 of 42 ICBs)` if the table does not hold them all.
category_area as (

    select distinct area_name from {{ ref('mart_demand_by_category') }}
    where area_level = 'England'

),

top_by_records as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, the locations with the most records in the national categories of {area} were {locations}.",
            {
                'period': 'max(category_period.period)',
                'area': 'max(category_area.area_name)',
                'locations': join_text(
                    "locations.sub_icb_location_name || ' (' || " ~ format_count('locations.record_count') ~ " || ')'",
                    '; ',
                    'locations.record_rank, locations.sub_icb_location_code'
                )
            }
        ) }} as headline,
        'mart_top_locations' as evidence_mart
    from {{ ref('mart_top_locations') }} as locations
    cross join category_period
    cross join category_area
    where locations.raw_table = 'national_categories' and locations.is_top_five_by_records

),

top_by_appointments as (

    select
        2 as headline_order,
        {{ sentence(
            "Ranked by appointments instead, they were {locations}.",
            {
                'locations': join_text(
                    "locations.sub_icb_location_name || ' (' || " ~ format_count('locations.appointment_count') ~ " || ')'",
                    '; ',
                    'locations.appointment_rank, locations.sub_icb_location_code'
                )
            }
        ) }} as headline,
        'mart_top_locations' as evidence_mart
    from {{ ref('mart_top_locations') }} as locations
    where locations.raw_table = 'national_categories' and locations.is_top_five_by_appointments

),

nothing_held as (

    {{ nothing_held('national_categories', 'national categories') }}

),

final as (

    {{ sentences_of_question(6, ['nothing_held', 'top_by_records', 'top_by_appointments']) }}

)

select * from final
