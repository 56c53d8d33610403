-- Who holds the appointments, by role of staff, and how does that move over the months? The query is for England. Where
-- more roles become known, the other shares grow.
select
    appointment_month,
    sds_role_group,
    appointment_count,
    share_of_area_month,
    appointments_per_working_day,
    change_from_same_month_last_year
from {{ ref('mart_monthly_demand_by_role') }}
where area_level = 'England'
order by
    appointment_month desc,
    appointment_count desc
