with

regional_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_regional'

),

england_attendance as (

    select * from {{ ref('mart_attendance_by_lead_time') }}
    where area_level = 'England'

),

same_day as (

    select * from england_attendance
    where hcp_type = 'All' and lead_time_band = 'Same day'

),

over_28_days as (

    select * from england_attendance
    where hcp_type = 'All' and lead_time_band = 'More than 28 days'

),

dna_rates as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, patients in {area} missed (DNA) {same_day_rate} of appointments held on the day they "
            ~ "were booked and {late_rate} of those booked more than 28 days ahead, among appointments known "
            ~ "to be attended or missed.",
            {
                'period': 'regional_period.period',
                'area': 'same_day.area_name',
                'same_day_rate': percent('same_day.dna_rate'),
                'late_rate': percent('over_28_days.dna_rate')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from same_day
    cross join over_28_days
    cross join regional_period

),

dna_odds as (

    select
        2 as headline_order,
        {{ sentence(
            "For appointments booked more than 28 days ahead, the odds of a DNA were {odds_ratio} times those of "
            ~ "same-day appointments, or {adjusted_odds_ratio} times if only appointments with the same type of "
            ~ "professional and the same mode are compared.",
            {
                'odds_ratio': format_decimal('dna_odds_ratio'),
                'adjusted_odds_ratio': format_decimal('adjusted_dna_odds_ratio')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from over_28_days

),

dna_caveat as (

    select
        3 as headline_order,
        {{ sentence(
            "Same-day appointments were {share} of all ({count}). Lead time includes patients' own choice, so this "
            ~ "shows where DNAs happen, not what earlier appointments would change.",
            {
                'share': percent('same_day.share_of_area'),
                'count': format_count('same_day.appointment_count')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from same_day

),

final as (

    {{ sentences_of_question(2, ['dna_rates', 'dna_odds', 'dna_caveat']) }}

)

select * from final
