-- What patterns can be observed in appointment data across different months, and how do these patterns inform seasonal
-- or time-based resource allocation? The query is for England, per working day. COVID-19 interrupts the series in
-- 2020-21.
select
    appointment_month,
    appointment_count,
    working_days,
    appointments_per_working_day,
    change_from_previous_month,
    seasonal_index,
    demand_rank_in_area
from {{ ref('mart_monthly_demand') }}
where area_level = 'England'
order by appointment_month
