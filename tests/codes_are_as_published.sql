-- A row is counted under the place that the raw table names, and a warning says where the reference has another. A
-- warning also says which ICBs are counted elsewhere, because the build's geography does not have them. Both are only
-- warnings, because no total loses an appointment.
{{ config(severity='warn') }}

{%- set offenders -%}
with

build as (

    select * from {{ ref('int_geography') }}

),

stps as (

    select * from {{ ref('stps') }}

),

icbs as (

    select * from {{ ref('dim_icb') }}

),

places as (

    select
        published.raw_table,
        area_codes.sub_icb_location_code,
        area_codes.published_icb_ons_code,
        area_codes.icb_ons_code,
        sum(published.appointment_count) as appointment_count
    from {{ ref('int_published_areas') }} as published
    inner join {{ ref('int_area_codes') }} as area_codes on published.published_area = area_codes.published_area
    where
        published.raw_table <> 'release_totals'
        and published.icb_ons_code is not null
        and published.appointment_count is not null
    group by
        published.raw_table,
        area_codes.sub_icb_location_code,
        area_codes.published_icb_ons_code,
        area_codes.icb_ons_code

),

elsewhere as (

    select
        places.raw_table || ' has the location ' || places.sub_icb_location_code || ' in '
        || counted.icb_name || ' (' || places.published_icb_ons_code || '), and '
        || {{ format_count('places.appointment_count') }} || ' appointments are counted there. geography.csv has it in '
        || expected.icb_name || ' (' || expected.icb_ons_code || '). Correct one of the two.' as offender
    from places
    inner join {{ ref('int_locations') }} as locations
        on places.sub_icb_location_code = locations.sub_icb_location_code
    inner join icbs as counted on places.icb_ons_code = counted.icb_ons_code
    inner join icbs as expected on locations.icb_ons_code = expected.icb_ons_code
    where places.icb_ons_code <> locations.icb_ons_code

),

-- If the variable asks for a geography other than that of the tables, ICBs are expected to change, so there is no
-- warning.
moved as (

    select
        places.raw_table || ' has the ICB code ' || places.published_icb_ons_code || ', which geography '
        || build.geography || ' does not have: ' || {{ format_count('sum(places.appointment_count)') }}
        || ' appointments are counted under ' || icbs.icb_name || ' (' || places.icb_ons_code || ').' as offender
    from places
    cross join build
    inner join icbs on places.icb_ons_code = icbs.icb_ons_code
    left join stps on places.published_icb_ons_code = stps.stp_ons_code
    where
        places.published_icb_ons_code <> places.icb_ons_code
        and build.geography = build.published_geography
        and stps.stp_ons_code is null
    group by
        places.raw_table,
        places.published_icb_ons_code,
        places.icb_ons_code,
        build.geography,
        icbs.icb_name

),

stps_moved as (

    select
        places.raw_table || ' has '
        || case
            when count(distinct stps.stp_ons_code) = 1 then 'one STP code, which was'
            else {{ format_count('count(distinct stps.stp_ons_code)') }} || ' STP codes, which were'
        end
        || ' used before July 2022. ' || {{ count_of('sum(places.appointment_count)', 'appointment') }}
        || case when sum(places.appointment_count) = 1 then ' is' else ' are' end
        || ' counted under the ICBs of the locations.' as offender
    from places
    inner join stps on places.published_icb_ons_code = stps.stp_ons_code
    where places.published_icb_ons_code <> places.icb_ons_code
    group by places.raw_table

),

-- An area is counted in the region of its ICB. Only actual_duration names a region, and it may name a different one.
regions as (

    select
        'actual_duration has ' || icbs.icb_name || ' (' || icbs.icb_ons_code || ') in the region '
        || durations.region_ons_code || '. It is counted in ' || icbs.region_name || ' (' || icbs.region_ons_code
        || '), where geography.csv has it. Correct one of the two.' as offender
    from (
        select distinct
            {{ squeeze('icb_ons_code') }} as icb_ons_code,
            {{ squeeze('region_ons_code') }} as region_ons_code
        from {{ ref('actual_duration') }}
    ) as durations
    inner join icbs on durations.icb_ons_code = icbs.icb_ons_code
    where
        durations.region_ons_code <> icbs.region_ons_code
        and durations.region_ons_code in (select region_ons_code from icbs)

)

select offender from elsewhere
union all
select offender from moved
union all
select offender from stps_moved
union all
select offender from regions
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
