with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'national_categories'

),

demand as (

    select
        area_level,
        area_code,
        service_setting,
        context_type,
        national_category,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_categories_by_area') }}
    group by
        area_level,
        area_code,
        service_setting,
        context_type,
        national_category

),

demand_with_shares as (

    {{ with_shares_and_ranks('demand') }}

),

england as (

    select * from demand_with_shares
    where area_level = 'England'

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.service_setting,
        demand.context_type,
        demand.national_category,
        demand.appointment_count,
        demand.area_appointment_count,
        demand.share_of_area,
        demand.demand_rank_in_area,
        england.share_of_area as england_share,
        {{ ratio('demand.share_of_area', 'england.share_of_area') }} as location_quotient
    from demand_with_shares as demand
    inner join areas
        on demand.area_level = areas.area_level and demand.area_code = areas.area_code
    inner join england
        on
            demand.service_setting = england.service_setting
            and demand.context_type = england.context_type
            and demand.national_category = england.national_category

)

select * from final
