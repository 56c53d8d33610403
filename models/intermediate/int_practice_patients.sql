with

months as (

    select * from {{ ref('dim_month') }}

),

coverage as (

    select
        *,
        row_number() over (partition by icb_ons_code order by coverage_month) as month_number,
        lead(coverage_month) over (partition by icb_ons_code order by coverage_month) as next_coverage_month
    from {{ ref('fct_practice_coverage_monthly') }}

),

-- Coverage was first published for August 2020. A month before the first covered takes the first, a later
-- month the latest one before it: list sizes drift by a few per mille a month.
final as (

    select
        coverage.icb_ons_code,
        months.calendar_month,
        coverage.included_practice_patients as included_patients,
        coverage.open_practice_patients as open_patients
    from months
    inner join coverage
        on
            (months.calendar_month >= coverage.coverage_month or coverage.month_number = 1)
            and (months.calendar_month < coverage.next_coverage_month or coverage.next_coverage_month is null)

)

select * from final
