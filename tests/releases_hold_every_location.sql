-- Each month is loaded from the newest release that has it. If that release lacks a location that an older one has in
-- the month, some of its files were left out, and the appointments of the location would be lost. Only locations of the
-- geography in which the newest release was published are expected: others have ended or were drawn anew.
{%- set offenders -%}
with

-- The geography of a release is told by its appointments. If it has none, it is that of the release's own month.
releases as (

    select
        months.release_month,
        coalesce(max(published.geography), max(geographies.geography)) as geography
    from (select distinct release_month from {{ ref('release_places') }}) as months
    left join {{ ref('int_published_geographies') }} as published
        on
            months.release_month = published.release_month
            and published.raw_table = 'release_totals'
    left join {{ ref('geography') }} as geographies
        on
            months.release_month >= geographies.valid_from
            and months.release_month <= coalesce(geographies.valid_to, months.release_month)
    group by months.release_month

),

-- A CCG that merged as a whole is part of its successor.
places as (

    select distinct
        places.raw_table,
        places.release_month,
        places.data_month,
        coalesce(successions.successor_code, places.sub_icb_location_code) as sub_icb_location_code
    from {{ ref('release_places') }} as places
    left join {{ ref('area_successions') }} as successions
        on places.sub_icb_location_code = successions.predecessor_code
    where
        places.data_month is not null
        and places.sub_icb_location_code is not null

),

newest as (

    select
        raw_table,
        data_month,
        max(release_month) as release_month
    from places
    group by
        raw_table,
        data_month

),

expected as (

    select
        places.raw_table,
        places.data_month,
        places.sub_icb_location_code,
        locations.sub_icb_location_name,
        newest.release_month as newest_release,
        max(places.release_month) as latest_release
    from places
    inner join newest
        on
            places.raw_table = newest.raw_table
            and places.data_month = newest.data_month
    inner join releases on newest.release_month = releases.release_month
    inner join {{ ref('geography') }} as locations
        on
            releases.geography = locations.geography
            and places.sub_icb_location_code = locations.sub_icb_location_code
    group by
        places.raw_table,
        places.data_month,
        places.sub_icb_location_code,
        locations.sub_icb_location_name,
        newest.release_month

)

select
    raw_table || ' of release ' || substr(cast(newest_release as string), 1, 7) || ' lacks ' || sub_icb_location_name
    || ' in ' || {{ month_and_year('min(data_month)') }}
    || case
        when count(*) > 1
            then ' to ' || {{ month_and_year('max(data_month)') }} || ' (' || {{ count_of('count(*)', 'month') }} || ')'
        else ''
    end
    || ', which release ' || substr(cast(latest_release as string), 1, 7) || ' has. Import '
    || substr(cast(newest_release as string), 1, 7) || ' again with all of its files, or remove its folder.' as offender
from expected
where latest_release < newest_release
group by
    raw_table,
    sub_icb_location_name,
    newest_release,
    latest_release
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
