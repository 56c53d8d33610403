with

appointments as (

    select
        icb_ons_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ attendance_counts() }}
    from {{ ref('fct_appointments_monthly') }}
    group by
        icb_ons_code,
        appointment_month

),

durations as (

    select
        icb_ons_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('fct_appointment_durations_daily') }}
    group by
        icb_ons_code,
        appointment_month

),

categories as (

    select
        icb_ons_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('fct_appointment_categories_daily') }}
    group by
        icb_ons_code,
        appointment_month

),

-- Tables cover different months and sometimes different areas, so they are compared only where both have the ICB and
-- month.
pairs as (

    select
        'durations_vs_attended' as identity,
        durations.icb_ons_code,
        durations.appointment_month,
        durations.appointment_count as left_count,
        appointments.attended_count as right_count
    from durations
    inner join appointments
        on
            durations.icb_ons_code = appointments.icb_ons_code
            and durations.appointment_month = appointments.appointment_month

    union all

    select
        'categories_vs_all' as identity,
        categories.icb_ons_code,
        categories.appointment_month,
        categories.appointment_count as left_count,
        appointments.appointment_count as right_count
    from categories
    inner join appointments
        on
            categories.icb_ons_code = appointments.icb_ons_code
            and categories.appointment_month = appointments.appointment_month

),

final as (

    select
        identity,
        icb_ons_code,
        appointment_month,
        left_count,
        right_count,
        left_count - right_count as difference
    from pairs

)

select * from final
