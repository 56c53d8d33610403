-- Which types of appointments (by mode and status) have the highest demand, and how does this vary across different
-- regions? The query shows the five most frequent types in England and their share in each region.
select
    demand.area_name,
    demand.appointment_mode,
    demand.appointment_status,
    demand.appointment_count,
    demand.share_of_area,
    demand.location_quotient,
    demand.appointments_per_1000_patients_per_month
from {{ ref('mart_demand_by_mode_and_status') }} as demand
inner join {{ ref('mart_demand_by_mode_and_status') }} as england
    on
        demand.appointment_mode = england.appointment_mode
        and demand.appointment_status = england.appointment_status
where
    demand.area_level in ('England', 'NHS region')
    and england.area_level = 'England'
    and england.demand_rank_in_area <= 5
order by
    england.demand_rank_in_area,
    demand.area_level,
    demand.area_name
