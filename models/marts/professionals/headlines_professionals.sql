with

regional_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_regional'

),

gps as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'GP'

),

other_staff as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'Other Practice staff'

),

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

),

professional_availability as (

    select
        2 as headline_order,
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
        3 as headline_order,
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

    {{ sentences_of_question(4, ['professional_demand', 'professional_availability', 'professional_associations']) }}

)

select * from final
