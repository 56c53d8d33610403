with

days as (

    {{ dbt.date_spine('day', "cast('2017-01-01' as date)", "cast('2031-01-01' as date)") }}

),

bank_holidays as (

    select * from {{ ref('bank_holidays') }}

),

calendar as (

    select
        cast(days.date_day as date) as calendar_date,
        {{ iso_weekday('days.date_day') }} as weekday_number,
        bank_holidays.bank_holiday_name
    from days
    left join bank_holidays on cast(days.date_day as date) = bank_holidays.bank_holiday_date

),

final as (

    select
        calendar_date,
        cast(date_trunc('month', calendar_date) as date) as calendar_month,
        weekday_number,
        case weekday_number
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            when 7 then 'Sunday'
        end as weekday,
        bank_holiday_name is not null as is_bank_holiday,
        bank_holiday_name,
        weekday_number <= 5 and bank_holiday_name is null as is_working_day
    from calendar

)

select * from final
