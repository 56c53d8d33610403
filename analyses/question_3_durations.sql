-- What is the distribution of appointment durations (e.g. 6-10 minutes, 21-30 minutes)? England, attended
-- appointments. How durations are related to status and professionals is in question_3_correlations.
select
    duration_band,
    appointment_count,
    share_of_area,
    share_of_known,
    cumulative_share_of_known
from {{ ref('mart_duration_profile') }}
where area_level = 'England'
order by duration_band_order
