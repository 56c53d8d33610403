-- How does the time between booking and appointment impact the appointment status and overall patient attendance? The
-- query is for England and all professionals, from the same day to beyond 28 days. It shows an association, not an
-- effect.
select
    lead_time_band,
    appointment_count,
    share_of_area,
    attendance_rate,
    dna_rate,
    dna_odds_ratio,
    adjusted_dna_odds_ratio
from {{ ref('mart_attendance_by_lead_time') }}
where
    area_level = 'England'
    and hcp_type = 'All'
order by lead_time_band_order
