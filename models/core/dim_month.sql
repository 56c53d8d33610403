with

days as (

    select * from {{ ref('dim_date') }}

),

months as (

    select
        calendar_month,
        cast(extract(year from calendar_month) as bigint) as calendar_year,
        cast(extract(month from calendar_month) as bigint) as month_number,
        count(*) as calendar_days,
        cast(sum(case when is_working_day then 1 else 0 end) as bigint) as working_days
    from days
    group by calendar_month

),

-- The financial year of the NHS begins in April.
years as (

    select
        *,
        case when month_number >= 4 then calendar_year else calendar_year - 1 end as financial_year_start
    from months

),

final as (

    select
        calendar_month,
        calendar_year,
        month_number,
        calendar_year * 12 + month_number as month_index,
        {{ month_and_year('calendar_month') }} as month_name,
        concat(
            cast(financial_year_start as {{ dbt.type_string() }}),
            '/',
            right(cast(financial_year_start + 1 as {{ dbt.type_string() }}), 2)
        ) as financial_year,
        calendar_days,
        working_days
    from years

)

select * from final
