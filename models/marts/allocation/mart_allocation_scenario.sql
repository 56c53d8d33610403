with

areas as (

    select * from {{ ref('int_latest_year_by_area') }}
    where need_weighted_patients > 0

),

staff as (

    select * from {{ ref('fct_workforce_monthly') }}
    where {{ is_in_period('snapshot_month') }}

),

latest_snapshots as (

    select
        source,
        max(snapshot_month) as snapshot_month
    from staff
    group by source

),

latest_staff as (

    select
        staff.icb_ons_code,
        locations.sub_icb_location_ons_code,
        staff.fte
    from staff
    inner join latest_snapshots
        on
            staff.source = latest_snapshots.source
            and staff.snapshot_month = latest_snapshots.snapshot_month
    inner join {{ ref('dim_sub_icb_location') }} as locations
        on staff.sub_icb_location_code = locations.sub_icb_location_code

),

staff_of_areas as (

    select
        'ICB' as area_level,
        icb_ons_code as area_code,
        sum(fte) as fte
    from latest_staff
    group by icb_ons_code

    union all

    select
        'Sub-ICB location' as area_level,
        sub_icb_location_ons_code as area_code,
        sum(fte) as fte
    from latest_staff
    group by sub_icb_location_ons_code

),

-- What there is to share out, what each area has of it, and for how many patients a level is told.
held as (

    select
        'appointments' as scenario,
        cast({{ scenario_budget('scenario_appointments') }} as bigint) as budget,
        1000 as level_patients,
        area_level,
        area_code,
        {{ ratio('appointment_count', 'month_count') }} as held_amount,
        need_weighted_patients
    from areas

    union all

    select
        'fte' as scenario,
        cast({{ scenario_budget('scenario_fte') }} as bigint) as budget,
        10000 as level_patients,
        areas.area_level,
        areas.area_code,
        staff_of_areas.fte as held_amount,
        areas.need_weighted_patients
    from areas
    inner join staff_of_areas
        on
            areas.area_level = staff_of_areas.area_level
            and areas.area_code = staff_of_areas.area_code

),

levels as (

    select
        *,
        {{ ratio('held_amount * level_patients', 'need_weighted_patients') }} as level_before
    from held

),

-- The areas from the lowest level up, with what each and those before it have together.
from_the_lowest as (

    select
        *,
        sum(held_amount) over lowest_first as held_so_far,
        sum(need_weighted_patients) over lowest_first as patients_so_far
    from levels
    window lowest_first as (
        partition by scenario, area_level
        order by level_before, area_code
        rows between unbounded preceding and current row
    )

),

-- If the budget goes to the lowest areas alone, it raises them to one level. Too few of them would rise above the next,
-- too many would take from the highest, and both end higher: the lowest of these levels is the one that is reached.
reached as (

    select
        scenario,
        area_level,
        min((budget + held_so_far) * level_patients / patients_so_far) as reached_level,
        {{ ratio('sum(held_amount) * max(level_patients)', 'sum(need_weighted_patients)') }} as england_level
    from from_the_lowest
    group by
        scenario,
        area_level

),

shares as (

    select
        levels.*,
        reached.england_level,
        greatest(0.0e0, reached.reached_level - levels.level_before)
        * levels.need_weighted_patients / levels.level_patients as share
    from levels
    inner join reached
        on
            levels.scenario = reached.scenario
            and levels.area_level = reached.area_level

),

-- In whole units: what is left over when all shares are rounded down goes to those that lost most by it.
rounded as (

    select
        *,
        floor(share) as whole_share,
        budget - sum(floor(share)) over (partition by scenario, area_level) as left_over,
        row_number() over (
            partition by scenario, area_level
            order by
                share - floor(share) desc,
                area_code
        ) as turn
    from shares

),

allocations as (

    select
        *,
        cast(whole_share + case when turn <= left_over then 1 else 0 end as bigint) as allocated
    from rounded

),

final as (

    select
        allocations.scenario,
        allocations.area_level,
        allocations.area_code,
        areas.area_name,
        areas.icb_ons_code,
        areas.icb_name,
        areas.region_ons_code,
        areas.region_name,
        allocations.budget,
        allocations.held_amount as current,
        allocations.need_weighted_patients,
        allocations.level_before,
        {{ ratio(
            '(allocations.held_amount + allocations.allocated) * allocations.level_patients',
            'allocations.need_weighted_patients'
        ) }} as level_after,
        allocations.allocated,
        allocations.england_level,
        greatest(
            0.0e0,
            allocations.england_level * allocations.need_weighted_patients / allocations.level_patients
            - allocations.held_amount - allocations.allocated
        ) as shortfall_to_england
    from allocations
    inner join areas
        on
            allocations.area_level = areas.area_level
            and allocations.area_code = areas.area_code

)

select * from final
