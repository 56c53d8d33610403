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

-- The tables that have every appointment of an ICB, and what they are equal to.
by_icb as (

    {% for identity, fact, count in [
        ('durations_vs_attended', 'fct_appointment_durations_daily', 'attended_count'),
        ('categories_vs_all', 'fct_appointment_categories_daily', 'appointment_count'),
        ('roles_vs_all', 'fct_appointments_by_role_daily', 'appointment_count'),
    ] -%}
    -- Tables cover different months and sometimes different areas, so they are compared only where both have the ICB
    -- and month.
    select
        '{{ identity }}' as identity,
        appointments.icb_ons_code,
        appointments.appointment_month,
        cast(sum(facts.appointment_count) as bigint) as left_count,
        appointments.{{ count }} as right_count
    from {{ ref(fact) }} as facts
    inner join appointments
        on
            facts.icb_ons_code = appointments.icb_ons_code
            and facts.appointment_month = appointments.appointment_month
    group by
        appointments.icb_ons_code,
        appointments.appointment_month,
        appointments.{{ count }}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

practices as (

    select
        sub_icb_location_code,
        icb_ons_code,
        appointment_month,
        count(distinct practice_code) as practice_count,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('fct_appointments_by_practice_monthly') }}
    group by
        sub_icb_location_code,
        icb_ons_code,
        appointment_month

),

-- Practices come in several files, of which some may be missing. A location is compared only in the months that hold as
-- many practices as the coverage says. One that lacks any would differ, and be right.
by_location as (

    select
        'practices_vs_all' as identity,
        practices.sub_icb_location_code,
        practices.icb_ons_code,
        practices.appointment_month,
        practices.appointment_count as left_count,
        cast(sum(regional.appointment_count) as bigint) as right_count
    from practices
    inner join {{ ref('int_location_coverage') }} as coverage
        on
            practices.sub_icb_location_code = coverage.sub_icb_location_code
            and practices.appointment_month = coverage.coverage_month
            and practices.practice_count = coverage.included_practices
    inner join {{ ref('fct_appointments_monthly') }} as regional
        on
            practices.sub_icb_location_code = regional.sub_icb_location_code
            and practices.appointment_month = regional.appointment_month
    group by
        practices.sub_icb_location_code,
        practices.icb_ons_code,
        practices.appointment_month,
        practices.appointment_count

),

pairs as (

    select
        identity,
        'All' as sub_icb_location_code,
        icb_ons_code,
        appointment_month,
        left_count,
        right_count
    from by_icb

    union all

    select
        identity,
        sub_icb_location_code,
        icb_ons_code,
        appointment_month,
        left_count,
        right_count
    from by_location

),

final as (

    select
        identity,
        icb_ons_code,
        sub_icb_location_code,
        appointment_month,
        left_count,
        right_count,
        left_count - right_count as difference
    from pairs

)

select * from final
