-- How should services and practitioners be allocated, and which areas should get more? The query lists the ICBs that
-- are below England's rate however patients are counted (as they are registered, and weighted for age and sex by either
-- formula), with the furthest below by need first. A low rate is a reason to look, not proof of need.
select
    rank_below_england_by_need,
    rank_below_england,
    area_name,
    region_name,
    need_index,
    appointments_per_1000_weighted_patients_per_month,
    england_appointments_per_1000_weighted_patients_per_month,
    allocation_gap_by_need,
    allocation_gap_by_other_formula,
    allocation_gap,
    share_aged_65_and_over,
    imd_2019_score,
    gp_share,
    over_14_days_share,
    dna_rate
from {{ ref('mart_resource_allocation') }}
where area_level = 'ICB' and is_below_england_all_ways
order by rank_below_england_by_need
