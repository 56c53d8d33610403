-- What is the distribution of appointment durations (e.g. 6-10 minutes, 21-30 minutes)? The query is for attended
-- appointments in England. question_3_correlations shows how durations correlate with status and professionals.
select
    duration_band,
    appointment_count,
    share_of_area,
    share_of_known,
    cumulative_share_of_known
from {{ ref('mart_duration_profile') }}
where area_level = 'England'
order by duration_band_order
