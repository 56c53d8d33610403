with

held_months as (

    select
        calendar_month,
        month_index,
        max(month_index) over () as last_month_index
    from {{ ref('dim_month') }}
    where calendar_month in (
        select facts.appointment_month
        from {{ ref('fct_appointments_by_practice_monthly') }} as facts
        where {{ is_in_period('facts.appointment_month') }}
    )

),

-- A release holds three months of practices, so these are what practices are compared on, also in a longer series.
appointments as (

    select
        facts.*,
        bands.lower_days,
        bands.upper_days,
        categories.is_known as is_known_category
    from {{ ref('fct_appointments_by_practice_monthly') }} as facts
    inner join held_months
        on
            facts.appointment_month = held_months.calendar_month
            and held_months.month_index > held_months.last_month_index - 3
    inner join {{ ref('dim_lead_time_band') }} as bands on facts.lead_time_band = bands.lead_time_band
    inner join {{ ref('dim_national_category') }} as categories
        on facts.national_category = categories.national_category

),

final as (

    select
        practice_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ count_where("hcp_type = 'GP'") }} as gp_count,
        {{ count_where("appointment_mode = 'Face-to-Face'") }} as face_to_face_count,
        {{ count_where("appointment_mode = 'Telephone'") }} as telephone_count,
        {{ lead_time_counts() }},
        {{ count_where("upper_days <= 7") }} as within_7_days_count,
        {{ count_where("lower_days > 14") }} as over_14_days_count,
        {{ attendance_counts() }},
        {{ count_where("not is_known_category") }} as unmapped_category_count
    from appointments
    group by
        practice_code,
        appointment_month
    having sum(appointment_count) > 0

)

select * from final
