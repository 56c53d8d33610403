with

areas as (

    select * from {{ ref('int_areas') }}

),

-- A bank holiday is a kind of its own, because practices are closed on most of them.
days as (

    select
        calendar_date,
        calendar_month,
        case when is_bank_holiday then 'Bank holiday' else weekday end as weekday,
        case when is_bank_holiday then 8 else weekday_number end as weekday_order,
        is_working_day
    from {{ ref('dim_date') }}

),

appointments as (

    select * from {{ ref('int_daily_appointments_by_area') }}

),

table_months as (

    select distinct
        raw_table,
        appointment_month
    from appointments

),

-- Every calendar day of the table's months counts, with or without appointments.
weekdays as (

    select
        table_months.raw_table,
        days.weekday,
        days.weekday_order,
        days.is_working_day,
        count(*) as day_count,
        sum(case when days.is_working_day then count(*) else 0 end) over (
            partition by table_months.raw_table
        ) as working_days
    from table_months
    inner join days on table_months.appointment_month = days.calendar_month
    group by
        table_months.raw_table,
        days.weekday,
        days.weekday_order,
        days.is_working_day

),

demand as (

    select
        appointments.raw_table,
        appointments.area_level,
        appointments.area_code,
        days.weekday,
        cast(sum(appointments.appointment_count) as bigint) as appointment_count
    from appointments
    inner join days on appointments.appointment_date = days.calendar_date
    group by
        appointments.raw_table,
        appointments.area_level,
        appointments.area_code,
        days.weekday

),

demand_per_day as (

    select
        demand.*,
        weekdays.weekday_order,
        weekdays.day_count,
        weekdays.working_days,
        {{ ratio('demand.appointment_count', 'weekdays.day_count') }} as appointments_per_day,
        cast(sum(demand.appointment_count) over (
            partition by demand.raw_table, demand.area_level, demand.area_code
        ) as bigint) as area_appointment_count,
        cast(sum(case when weekdays.is_working_day then demand.appointment_count else 0 end) over (
            partition by demand.raw_table, demand.area_level, demand.area_code
        ) as bigint) as working_day_appointment_count
    from demand
    inner join weekdays on demand.raw_table = weekdays.raw_table and demand.weekday = weekdays.weekday

),

final as (

    select
        demand.raw_table,
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        demand.weekday,
        demand.weekday_order,
        demand.day_count,
        demand.appointment_count,
        demand.appointments_per_day,
        demand.area_appointment_count,
        {{ ratio('demand.appointment_count', 'demand.area_appointment_count') }} as share_of_area,
        {{ ratio(
            'demand.appointments_per_day', ratio('demand.working_day_appointment_count', 'demand.working_days')
        ) }} as weekday_index
    from demand_per_day as demand
    inner join areas
        on
            demand.raw_table = areas.raw_table
            and demand.area_level = areas.area_level
            and demand.area_code = areas.area_code

)

select * from final
