-- How should services and practitioners be allocated, and which areas should get more? The query lists the ICBs below
-- England's rate per registered patient, with the furthest below first. A low rate is a reason to look, not proof of
-- need.
select
    rank_below_england,
    icb_name,
    region_name,
    appointments_per_1000_patients_per_month,
    england_appointments_per_1000_patients_per_month,
    allocation_gap,
    allocation_gap_share,
    gp_share,
    over_14_days_share,
    dna_rate
from {{ ref('mart_resource_allocation') }}
where allocation_gap < 0
order by rank_below_england
