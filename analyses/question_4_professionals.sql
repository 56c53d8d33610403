-- Are there significant differences in appointment demand and type based on healthcare professional type and
-- availability? The query is for England. The HCP type is only reliable for GP.
select
    hcp_type,
    appointment_count,
    share_of_area,
    appointments_per_working_day,
    dna_rate,
    same_day_share,
    over_14_days_share,
    median_lead_time_band
from {{ ref('mart_demand_by_professional') }}
where area_level = 'England'
order by appointment_count desc
