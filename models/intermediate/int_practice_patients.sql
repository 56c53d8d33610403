with

months as (

    select * from {{ ref('dim_month') }}

),

area_coverage as (

    select
        'ICB' as area_level,
        icb_ons_code as area_code,
        coverage_month,
        included_practice_patients,
        open_practice_patients
    from {{ ref('fct_practice_coverage_monthly') }}

    union all

    select
        'Sub-ICB location' as area_level,
        locations.sub_icb_location_ons_code as area_code,
        coverage.coverage_month,
        cast(sum(coverage.included_practice_patients) as bigint) as included_practice_patients,
        cast(sum(coverage.open_practice_patients) as bigint) as open_practice_patients
    from {{ ref('fct_sub_icb_coverage_monthly') }} as coverage
    inner join {{ ref('dim_sub_icb_location') }} as locations
        on coverage.sub_icb_location_code = locations.sub_icb_location_code
    group by
        locations.sub_icb_location_ons_code,
        coverage.coverage_month

),

coverage_periods as (

    select
        *,
        row_number() over (partition by area_level, area_code order by coverage_month) as month_number,
        lead(coverage_month) over (partition by area_level, area_code order by coverage_month) as next_coverage_month
    from area_coverage

),

-- Coverage was first published for August 2020. A month before the first covered month takes that month's figure. A
-- later month without coverage takes the latest figure before it, because list sizes only change by a few tenths of a
-- per cent a month.
final as (

    select
        coverage_periods.area_level,
        coverage_periods.area_code,
        months.calendar_month,
        coverage_periods.included_practice_patients as included_patients,
        coverage_periods.open_practice_patients as open_patients
    from months
    inner join coverage_periods
        on
            (months.calendar_month >= coverage_periods.coverage_month or coverage_periods.month_number = 1)
            and (
                months.calendar_month < coverage_periods.next_coverage_month
                or coverage_periods.next_coverage_month is null
            )

)

select * from final
