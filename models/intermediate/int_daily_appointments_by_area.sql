with

final as (

    select
        'actual_duration' as raw_table,
        area_level,
        area_code,
        appointment_date,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_durations_by_area') }}
    group by
        area_level,
        area_code,
        appointment_date,
        appointment_month

    union all

    select
        'national_categories' as raw_table,
        area_level,
        area_code,
        appointment_date,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_categories_by_area') }}
    group by
        area_level,
        area_code,
        appointment_date,
        appointment_month

    union all

    select
        'appointments_by_role' as raw_table,
        area_level,
        area_code,
        appointment_date,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_roles_by_area') }}
    group by
        area_level,
        area_code,
        appointment_date,
        appointment_month

)

select * from final
