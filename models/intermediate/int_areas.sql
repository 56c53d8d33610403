with

icbs as (

    select * from {{ ref('dim_icb') }}

),

locations as (

    select * from {{ ref('dim_sub_icb_location') }}

),

practice_patients as (

    select * from {{ ref('int_practice_patients') }}

),

area_months as (

    select distinct
        'appointments_regional' as raw_table,
        area_level,
        area_code,
        appointment_month
    from {{ ref('int_appointments_by_area') }}

    union all

    select distinct
        'actual_duration' as raw_table,
        area_level,
        area_code,
        appointment_month
    from {{ ref('int_durations_by_area') }}

    union all

    select distinct
        'national_categories' as raw_table,
        area_level,
        area_code,
        appointment_month
    from {{ ref('int_categories_by_area') }}

    union all

    select distinct
        'appointments_by_role' as raw_table,
        area_level,
        area_code,
        appointment_month
    from {{ ref('int_roles_by_area') }}

    union all

    select
        'appointments_by_pcn_system' as raw_table,
        area_level,
        area_code,
        appointment_month
    from {{ ref('int_pcn_systems_by_area') }}

),

period_months as (

    select
        raw_table,
        appointment_month
    from area_months
    where area_level = 'England'

),

periods as (

    select
        raw_table,
        count(*) as month_count
    from period_months
    group by raw_table

),

area_presence as (

    select
        area_months.raw_table,
        area_months.area_level,
        area_months.area_code,
        count(*) as months_present,
        periods.month_count
    from area_months
    inner join periods on area_months.raw_table = periods.raw_table
    group by
        area_months.raw_table,
        area_months.area_level,
        area_months.area_code,
        periods.month_count

),

area_patients as (

    select
        period_months.raw_table,
        practice_patients.area_level,
        practice_patients.area_code,
        avg(cast(practice_patients.included_patients as double)) as registered_patients
    from period_months
    inner join practice_patients on period_months.appointment_month = practice_patients.calendar_month
    group by
        period_months.raw_table,
        practice_patients.area_level,
        practice_patients.area_code

),

icb_areas as (

    select
        area_presence.raw_table,
        area_presence.area_level,
        area_presence.area_code,
        area_presence.months_present,
        area_presence.month_count,
        icbs.icb_name,
        icbs.is_in_geography and area_presence.months_present = area_presence.month_count as is_complete,
        area_patients.registered_patients
    from area_presence
    inner join icbs on area_presence.area_code = icbs.icb_ons_code
    left join area_patients
        on
            area_presence.raw_table = area_patients.raw_table
            and area_presence.area_level = area_patients.area_level
            and area_presence.area_code = area_patients.area_code
    where area_presence.area_level = 'ICB'

),

-- For England and the regions: how many ICBs they should hold, and how many of these the table has in every month.
members as (

    select
        'England' as area_level,
        'E92000001' as area_code,
        'England' as area_name,
        icb_ons_code,
        is_in_geography
    from icbs

    union all

    select
        'NHS region' as area_level,
        region_ons_code as area_code,
        region_name as area_name,
        icb_ons_code,
        is_in_geography
    from icbs

),

expected_icbs as (

    select
        area_code,
        sum(case when is_in_geography then 1 else 0 end) as expected_icb_count
    from members
    group by area_code

),

grouped_icbs as (

    select
        icb_areas.raw_table,
        members.area_level,
        members.area_code,
        members.area_name,
        count(*) as icb_count,
        sum(case when icb_areas.is_complete then 1 else 0 end) as complete_icb_count,
        sum(icb_areas.registered_patients) as registered_patients
    from icb_areas
    inner join members on icb_areas.area_code = members.icb_ons_code
    group by
        icb_areas.raw_table,
        members.area_level,
        members.area_code,
        members.area_name

),

grouped_areas as (

    select
        grouped_icbs.raw_table,
        grouped_icbs.area_level,
        grouped_icbs.area_code,
        case
            when grouped_icbs.complete_icb_count >= expected_icbs.expected_icb_count then grouped_icbs.area_name
            else concat(
                grouped_icbs.area_name,
                ' (',
                cast(grouped_icbs.complete_icb_count as {{ dbt.type_string() }}),
                ' of ',
                cast(expected_icbs.expected_icb_count as {{ dbt.type_string() }}),
                ' ICBs)'
            )
        end as area_name,
        grouped_icbs.icb_count,
        grouped_icbs.registered_patients
    from grouped_icbs
    inner join expected_icbs on grouped_icbs.area_code = expected_icbs.area_code

),

single_areas as (

    select
        raw_table,
        area_level,
        area_code,
        icb_name as base_name,
        months_present,
        month_count,
        registered_patients
    from icb_areas

    union all

    -- A location has registered patients only where the raw tables hold the publication's coverage file.
    select
        area_presence.raw_table,
        area_presence.area_level,
        area_presence.area_code,
        locations.sub_icb_location_name as base_name,
        area_presence.months_present,
        area_presence.month_count,
        area_patients.registered_patients
    from area_presence
    inner join locations on area_presence.area_code = locations.sub_icb_location_ons_code
    left join area_patients
        on
            area_presence.raw_table = area_patients.raw_table
            and area_presence.area_level = area_patients.area_level
            and area_presence.area_code = area_patients.area_code
    where area_presence.area_level = 'Sub-ICB location'

),

areas as (

    select
        raw_table,
        area_level,
        area_code,
        area_name,
        icb_count,
        registered_patients
    from grouped_areas

    union all

    select
        raw_table,
        area_level,
        area_code,
        case
            when months_present = month_count then base_name
            else concat(
                base_name,
                ' (',
                cast(months_present as {{ dbt.type_string() }}),
                ' of ',
                cast(month_count as {{ dbt.type_string() }}),
                ' months)'
            )
        end as area_name,
        cast(1 as bigint) as icb_count,
        registered_patients
    from single_areas

),

final as (

    select
        areas.raw_table,
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        areas.registered_patients,
        periods.month_count
    from areas
    inner join periods on areas.raw_table = periods.raw_table

)

select * from final
