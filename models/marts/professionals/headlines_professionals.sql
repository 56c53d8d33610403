with

regional_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_regional'

),

role_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_by_role'

),

roles as (

    select
        area_name,
        {% for role, name in [('GP', 'gp'), ('Nurses', 'nurse'), ('Other Direct Patient Care', 'other')] -%}
        max(case when sds_role_group = '{{ role }}' then share_of_area end) as {{ name }}_share,
        max(case when sds_role_group = '{{ role }}' then appointment_count end) as {{ name }}_count,
        max(case when sds_role_group = '{{ role }}' then appointments_per_working_day end) as {{ name }}_per_day,
        {% endfor -%}
        {{ ratio(count_where("sds_role_group in ('Data Quality', 'Unknown')"), 'sum(appointment_count)') }}
            as unknown_share
    from {{ ref('mart_demand_by_role') }}
    where area_level = 'England'
    group by area_name

),

role_demand as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, GPs held {gp_share} of appointments in {area} ({gp_count}, or {gp_per_day} per working day), "
            ~ "nurses {nurse_share} ({nurse_count}, or {nurse_per_day}) and other direct patient care staff "
            ~ "{other_share} ({other_count}, or {other_per_day}). The role was not known for {unknown_share}.",
            {
                'period': 'role_period.period',
                'gp_share': percent('roles.gp_share'),
                'area': 'roles.area_name',
                'gp_count': format_count('roles.gp_count'),
                'gp_per_day': format_count('round(roles.gp_per_day)'),
                'nurse_share': percent('roles.nurse_share'),
                'nurse_count': format_count('roles.nurse_count'),
                'nurse_per_day': format_count('round(roles.nurse_per_day)'),
                'other_share': percent('roles.other_share'),
                'other_count': format_count('roles.other_count'),
                'other_per_day': format_count('round(roles.other_per_day)'),
                'unknown_share': percent('roles.unknown_share')
            }
        ) }} as headline,
        'mart_demand_by_role' as evidence_mart
    from roles
    cross join role_period

),

role_months as (

    select
        demand.appointment_month,
        demand.sds_role_group,
        demand.appointment_count,
        months.month_index,
        max(months.month_index) over () - months.month_index as months_ago
    from {{ ref('mart_monthly_demand_by_role') }} as demand
    inner join {{ ref('dim_month') }} as months on demand.appointment_month = months.calendar_month
    where demand.area_level = 'England'

),

-- Years, because a month depends on when vaccinations fall. Both years must be whole.
role_years as (

    select
        case when months_ago < 12 then 'latest' else 'previous' end as year_of_role,
        max(appointment_month) as last_month,
        count(distinct month_index) as month_count,
        {{ ratio(count_where("sds_role_group = 'GP'"), 'sum(appointment_count)') }} as gp_share,
        {{ ratio(count_where("sds_role_group in ('Data Quality', 'Unknown')"), 'sum(appointment_count)') }}
            as unknown_share
    from role_months
    where months_ago < 24
    group by case when months_ago < 12 then 'latest' else 'previous' end

),

role_trend as (

    select
        2 as headline_order,
        {{ sentence(
            "In the year to {last_month}, GPs held {latest} of appointments, against {previous} in the year before; "
            ~ "the role was not known for {latest_unknown}, against {previous_unknown}.",
            {
                'last_month': month_and_year('latest_year.last_month'),
                'latest': percent('latest_year.gp_share'),
                'previous': percent('previous_year.gp_share'),
                'latest_unknown': percent('latest_year.unknown_share'),
                'previous_unknown': percent('previous_year.unknown_share')
            }
        ) }} as headline,
        'mart_monthly_demand_by_role' as evidence_mart
    from role_years as latest_year
    inner join role_years as previous_year
        on
            latest_year.year_of_role = 'latest'
            and previous_year.year_of_role = 'previous'
            and latest_year.month_count = 12
            and previous_year.month_count = 12

),

gps as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'GP'

),

other_staff as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'Other Practice staff'

),

-- Roles say more of the same appointments, so this is said only where they are not known.
professional_demand as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, GPs held {gp_share} of appointments in {area} ({gp_count}, or {gp_per_day} per "
            ~ "working day) and other practice staff {other_share} ({other_count}, or {other_per_day}).",
            {
                'period': 'regional_period.period',
                'gp_share': percent('gps.share_of_area'),
                'area': 'gps.area_name',
                'gp_count': format_count('gps.appointment_count'),
                'gp_per_day': format_count('round(gps.appointments_per_working_day)'),
                'other_share': percent('other_staff.share_of_area'),
                'other_count': format_count('other_staff.appointment_count'),
                'other_per_day': format_count('round(other_staff.appointments_per_working_day)')
            }
        ) }} as headline,
        'mart_demand_by_professional' as evidence_mart
    from gps
    cross join other_staff
    cross join regional_period
    left join role_demand on true
    where role_demand.headline is null

),

professional_availability as (

    select
        3 as headline_order,
        {{ sentence(
            "{gp_same_day} of GP appointments were held on the day they were booked, against "
            ~ "{other_same_day} of those of other practice staff; {gp_late} were held more than 14 days after "
            ~ "booking, against {other_late}. These are shares of appointments whose lead time is known.",
            {
                'gp_same_day': percent('gps.same_day_share'),
                'other_same_day': percent('other_staff.same_day_share'),
                'gp_late': percent('gps.over_14_days_share'),
                'other_late': percent('other_staff.over_14_days_share')
            }
        ) }} as headline,
        'mart_demand_by_professional' as evidence_mart
    from gps
    cross join other_staff

),

association_strengths as (

    select
        max(case when attribute = 'appointment_mode' then cramers_v end) as mode_v,
        max(case when attribute = 'appointment_mode' then strength end) as mode_strength,
        max(case when attribute = 'lead_time_band' then cramers_v end) as lead_time_v,
        max(case when attribute = 'lead_time_band' then strength end) as lead_time_strength,
        max(case when attribute = 'appointment_status' then cramers_v end) as status_v,
        max(case when attribute = 'appointment_status' then strength end) as status_strength
    from {{ ref('mart_association_strength') }}
    where area_level = 'England'

),

professional_associations as (

    select
        4 as headline_order,
        {{ sentence(
            "On a scale from 0 (unrelated) to 1, the type of professional is related to lead time at {lead_time_v} "
            ~ "({lead_time_strength}), to mode at {mode_v} ({mode_strength}) and to attendance at {status_v} "
            ~ "({status_strength}). Only appointments for which both are known are counted.",
            {
                'lead_time_v': format_decimal('lead_time_v', 3),
                'lead_time_strength': 'lead_time_strength',
                'mode_v': format_decimal('mode_v', 3),
                'mode_strength': 'mode_strength',
                'status_v': format_decimal('status_v', 3),
                'status_strength': 'status_strength'
            }
        ) }} as headline,
        'mart_association_strength' as evidence_mart
    from association_strengths

),

final as (

    {{ sentences_of_question(4, [
        'role_demand', 'role_trend', 'professional_demand', 'professional_availability', 'professional_associations'
    ]) }}

)

select * from final
