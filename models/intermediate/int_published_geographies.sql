with

geographies as (

    select distinct
        geography,
        valid_from
    from {{ ref('geography') }}

),

first_geography as (

    select min(valid_from) as valid_from from geographies

),

-- The first days of the first and of the last geography that has an ICB with this code.
icb_validity as (

    select
        icb_ons_code,
        min(valid_from) as first_valid_from,
        max(valid_from) as last_valid_from
    from {{ ref('geography') }}
    group by icb_ons_code

),

evidence as (

    select
        areas.raw_table,
        areas.release_month,
        max(icb_validity.first_valid_from) as newest_code_from,
        min(icb_validity.last_valid_from) as oldest_code_to,
        coalesce(max(geographies.valid_from), max(first_geography.valid_from)) as last_month_from
    from {{ ref('int_published_areas') }} as areas
    cross join first_geography
    left join icb_validity on areas.icb_ons_code = icb_validity.icb_ons_code
    left join geographies on areas.last_month >= geographies.valid_from
    where areas.raw_table in ('appointments_regional', 'release_totals')
    group by
        areas.raw_table,
        areas.release_month

),

-- A release counts all its months in the geography of the day it was published. A code that no older geography has
-- shows that the release is not older, and a code that ended shows that it is not newer. Between the two, its last
-- month decides. If codes contradict each other, the newer geography is taken, and ICBs that ended are replaced.
dated as (

    select
        raw_table,
        release_month,
        -- The nulls of releases without a known code are ignored.
        greatest(newest_code_from, least(oldest_code_to, last_month_from)) as valid_from,
        coalesce(newest_code_from >= oldest_code_to, false) as is_told_by_codes
    from evidence

),

final as (

    select
        dated.raw_table,
        dated.release_month,
        geographies.geography,
        dated.valid_from,
        dated.is_told_by_codes
    from dated
    inner join geographies on dated.valid_from = geographies.valid_from

)

select * from final
