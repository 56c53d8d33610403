-- What dashboards ask of the marts, from many rows to few: filters, groups, top lists. make bench times each.

-- demand by region and mode
select area_name, appointment_mode, sum(appointment_count) as appointments
from marts.mart_demand_by_mode_and_status
where area_level = 'NHS region'
group by all
order by all;

-- modes of one ICB
select appointment_mode, appointment_status, appointment_count, share_of_area
from marts.mart_demand_by_mode_and_status
where area_code = 'E54000037'
order by demand_rank_in_area;

-- missed appointments per 1,000 patients, by ICB
select area_name, sum(appointment_count) / any_value(registered_patients) * 1000 as missed_per_1000_patients
from marts.mart_demand_by_mode_and_status
where area_level = 'ICB' and appointment_status = 'DNA'
group by area_name
order by missed_per_1000_patients desc;

-- lead time in England
select lead_time_band, appointment_count, dna_rate, dna_rate_ci_lower, dna_rate_ci_upper
from marts.mart_attendance_by_lead_time
where area_level = 'England' and hcp_type = 'All'
order by lead_time_band_order;

-- lead time by professional, in one region
select hcp_type, lead_time_band, appointment_count, share_of_area
from marts.mart_attendance_by_lead_time
where area_code = 'E40000003'
order by hcp_type, lead_time_band_order;

-- ten ICBs with the highest DNA rate among appointments booked over 14 days ahead
select area_name, sum(dna_count) / sum(dna_count + attended_count) as dna_rate
from marts.mart_attendance_by_lead_time
where area_level = 'ICB' and hcp_type = 'All' and lead_time_band_order between 5 and 7
group by area_name
order by dna_rate desc
limit 10;

-- durations of every region
select area_name, duration_band, share_of_known
from marts.mart_duration_profile
where area_level = 'NHS region'
order by area_name, duration_band_order;

-- ICBs by mean duration
select area_name, any_value(mean_minutes_midpoint) as mean_minutes
from marts.mart_duration_profile
where area_level = 'ICB'
group by area_name
order by mean_minutes desc;

-- correlations of duration
select duration_measure, other_measure, pearson_r, strength
from marts.mart_duration_associations
where unit = 'ICB'
order by abs(pearson_r) desc;

-- same-day share by professional and ICB
select area_name, hcp_type, same_day_count / known_lead_time_count as same_day_share
from marts.mart_demand_by_professional
where area_level = 'ICB'
order by area_name, hcp_type;

-- what GPs hold more of than chance would have it
select attribute, attribute_value, adjusted_residual
from marts.mart_professional_mix
where area_level = 'England' and hcp_type = 'GP'
order by adjusted_residual desc;

-- strength of associations by region
select area_name, attribute, cramers_v
from marts.mart_association_strength
where area_level = 'NHS region'
order by area_name, cramers_v desc;

-- months in England
select appointment_month, appointments_per_working_day, rolling_3_month_average, seasonal_index
from marts.mart_monthly_demand
where area_level = 'England'
order by appointment_month;

-- years by region
select area_name, year(appointment_month) as calendar_year, sum(appointment_count) / sum(working_days) as per_working_day
from marts.mart_monthly_demand
where area_level = 'NHS region'
group by all
order by all;

-- face-to-face share of one ICB by quarter
select date_trunc('quarter', appointment_month) as first_month, sum(face_to_face_count) / sum(appointment_count) as share
from marts.mart_monthly_demand
where area_code = 'E54000027'
group by all
order by all;

-- weekdays by ICB
select area_name, weekday, appointments_per_day
from marts.mart_weekday_demand
where area_level = 'ICB' and raw_table = 'actual_duration'
order by area_name, weekday_order;

-- twenty largest categories
select national_category, sum(appointment_count) as appointments
from marts.mart_demand_by_category
where area_level = 'England'
group by national_category
order by appointments desc
limit 20;

-- where a category stands out
select area_name, location_quotient
from marts.mart_demand_by_category
where area_level = 'ICB' and national_category = 'Planned Clinics'
order by location_quotient desc
limit 10;

-- allocation gaps
select region_name, icb_name, allocation_gap_by_need, allocation_gap_by_need_share
from marts.mart_resource_allocation
where area_level = 'ICB'
order by allocation_gap_by_need_share;

-- top locations
select sub_icb_location_name, record_count, appointment_count
from marts.mart_top_locations
where raw_table = 'national_categories' and (is_top_five_by_records or is_top_five_by_appointments)
order by record_rank;
