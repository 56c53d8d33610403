with

coverage as (

    select * from {{ ref('practice_coverage') }}

),

location_coverage as (

    select
        *,
        min(coverage_month) over (partition by icb_ons_code) as first_location_month
    from coverage
    where sub_icb_location_code is not null

),

-- The share of its ICB that a location had in the first month with locations.
first_shares as (

    select
        icb_ons_code,
        sub_icb_location_code,
        {{ ratio('included_practices', 'sum(included_practices) over (partition by icb_ons_code)') }}
            as included_practices_share,
        {{ ratio('open_practices', 'sum(open_practices) over (partition by icb_ons_code)') }}
            as open_practices_share,
        {{ ratio('included_practice_patients', 'sum(included_practice_patients) over (partition by icb_ons_code)') }}
            as included_practice_patients_share,
        {{ ratio('open_practice_patients', 'sum(open_practice_patients) over (partition by icb_ons_code)') }}
            as open_practice_patients_share
    from location_coverage
    where coverage_month = first_location_month

),

-- In earlier months only ICBs are known, so a location gets its share of the ICB in that month.
by_location as (

    select
        icb_ons_code,
        sub_icb_location_code,
        coverage_month,
        cast(included_practices as double) as included_practices,
        cast(open_practices as double) as open_practices,
        cast(included_practice_patients as double) as included_practice_patients,
        cast(open_practice_patients as double) as open_practice_patients
    from location_coverage

    union all

    select
        first_shares.icb_ons_code,
        first_shares.sub_icb_location_code,
        coverage.coverage_month,
        first_shares.included_practices_share * coverage.included_practices as included_practices,
        first_shares.open_practices_share * coverage.open_practices as open_practices,
        first_shares.included_practice_patients_share * coverage.included_practice_patients
            as included_practice_patients,
        first_shares.open_practice_patients_share * coverage.open_practice_patients as open_practice_patients
    from coverage
    inner join first_shares on coverage.icb_ons_code = first_shares.icb_ons_code
    where coverage.sub_icb_location_code is null

),

-- Rounded only once, per ICB, so that an ICB that was split and put together again has the published number.
final as (

    select
        locations.icb_ons_code,
        by_location.coverage_month,
        cast(round(sum(by_location.included_practices)) as bigint) as included_practices,
        cast(round(sum(by_location.open_practices)) as bigint) as open_practices,
        cast(round(sum(by_location.included_practice_patients)) as bigint) as included_practice_patients,
        cast(round(sum(by_location.open_practice_patients)) as bigint) as open_practice_patients
    from by_location
    inner join {{ ref('int_locations') }} as locations
        on by_location.sub_icb_location_code = locations.sub_icb_location_code
    inner join {{ ref('dim_icb') }} as icbs on locations.icb_ons_code = icbs.icb_ons_code
    group by
        locations.icb_ons_code,
        by_location.coverage_month

)

select * from final
