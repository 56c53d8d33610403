with

icbs as (

    select
        *,
        allocation_gap < 0 as is_below,
        allocation_gap_by_need < 0 as is_below_by_need,
        allocation_gap_by_other_formula < 0 as is_below_by_other_formula
    from {{ ref('mart_resource_allocation') }}
    where area_level = 'ICB' and allocation_gap_by_need is not null

),

ranked_below as (

    select
        *,
        {{ rank_of('rank_below_england_by_need') }} as place
    from icbs
    where is_below_england_all_ways

),

furthest_below as (

    select * from ranked_below
    where place <= 5

),

below_all_ways as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, {below} of the {icbs} in the data had fewer appointments than at England's rate in all three "
            ~ "ways of counting patients: as they are registered, and weighted for age and sex by either of two formulas.",
            {
                'period': 'max(' ~ period_in_words('period_start_month', 'period_end_month') ~ ')',
                'below': format_count('sum(case when is_below_england_all_ways then 1 else 0 end)'),
                'icbs': count_of('count(*)', 'ICB')
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from icbs

),

rates_by_need as (

    select
        2 as headline_order,
        {{ sentence(
            "Of these, the furthest below by need, against the {rate} appointments per 1,000 weighted patients a month of "
            ~ "England's ICBs in the data, were {icbs}.",
            {
                'rate': 'max(' ~ format_decimal('england_appointments_per_1000_weighted_patients_per_month') ~ ')',
                'icbs': join_text(
                    "icb_name || ' (' || " ~ format_decimal('appointments_per_1000_weighted_patients_per_month')
                    ~ " || ')'",
                    '; ',
                    'place, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from furthest_below

),

gaps_by_need as (

    select
        3 as headline_order,
        {{ sentence(
            "At that rate, the ICBs below it in all three ways would have had this many more appointments in that time: "
            ~ "{icbs}.",
            {
                'icbs': join_text(
                    "icb_name || ' ' || " ~ format_count('round(-allocation_gap_by_need)'),
                    '; ',
                    'place, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from ranked_below

),

changed_sides as (

    select
        4 as headline_order,
        {{ sentence(
            "Weighting patients for age and sex puts {main} on the other side of England's rate by the main formula and "
            ~ "{other} by the other, so do not rely on a gap that only one way of counting shows.",
            {
                'main': count_of('sum(case when is_below <> is_below_by_need then 1 else 0 end)', 'ICB'),
                'other': format_count('sum(case when is_below <> is_below_by_other_formula then 1 else 0 end)')
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from icbs

),

share_aged as (

    select {{ ratio('sum(share_aged_65_and_over * registered_patients)', 'sum(registered_patients)') }} as share
    from icbs

),

{% for cte, order, side, template in [
    ('above_by_need', 5, 'is_below and not is_below_by_need',
        "Below England's rate per registered patient but not by need (with the share of patients aged 65 and over, which "
        ~ "is {share} in all these ICBs together): {icbs}."),
    ('below_by_need', 6, 'not is_below and is_below_by_need',
        "Below England's rate by need but not per registered patient (with the same share): {icbs}."),
] -%}
{{ cte }} as (

    select
        {{ order }} as headline_order,
        {{ sentence(
            template,
            {
                'share': 'max(' ~ percent('share_aged.share') ~ ')',
                'icbs': join_text(
                    "icbs.icb_name || ' (' || " ~ percent('icbs.share_aged_65_and_over') ~ " || ')'",
                    '; ',
                    'icbs.allocation_gap_by_need, icbs.icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from icbs
    cross join share_aged
    where {{ side }}

),

{% endfor -%}
locations as (

    select
        *,
        count(*) over (partition by icb_ons_code) as location_count,
        row_number() over (
            partition by icb_ons_code
            order by
                rank_below_england_by_need,
                area_code
        ) as place_in_icb
    from {{ ref('mart_resource_allocation') }}
    where area_level = 'Sub-ICB location' and allocation_gap_by_need is not null

),

ends_of_icbs as (

    select
        furthest_below.place,
        furthest_below.icb_ons_code,
        lowest.area_name as lowest_name,
        lowest.appointments_per_1000_weighted_patients_per_month as lowest_rate,
        highest.area_name as highest_name,
        highest.appointments_per_1000_weighted_patients_per_month as highest_rate
    from furthest_below
    inner join locations as lowest
        on
            furthest_below.icb_ons_code = lowest.icb_ons_code
            and lowest.place_in_icb = 1
    inner join locations as highest
        on
            furthest_below.icb_ons_code = highest.icb_ons_code
            and highest.place_in_icb = highest.location_count
    where highest.location_count > 1

),

within_icbs as (

    select
        7 as headline_order,
        {{ sentence(
            "Within an ICB the rate by need differs too. Of those furthest below that have several locations, the lowest "
            ~ "and the highest were {locations}.",
            {
                'locations': join_text(
                    "lowest_name || ' (' || " ~ format_decimal('lowest_rate') ~ " || ') and ' || highest_name || ' (' || "
                    ~ format_decimal('highest_rate') ~ " || ')'",
                    '; ',
                    'place, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from ends_of_icbs

),

ranked_locations as (

    select
        {{ average_rank('appointments_per_1000_weighted_patients_per_month', 'area_level') }} as rate_rank,
        {{ average_rank('imd_2019_score', 'area_level') }} as imd_rank
    from locations
    where imd_2019_score is not null

),

rank_deviations as (

    select
        rate_rank,
        imd_rank,
        rate_rank - avg(rate_rank) over () as rate_deviation,
        imd_rank - avg(imd_rank) over () as imd_deviation
    from ranked_locations

),

deprivation as (

    select
        count(*) as location_count,
        {{ pearson_r('rate_rank', 'imd_rank', 'rate_deviation', 'imd_deviation') }} as rho
    from rank_deviations

),

deprivation_interval as (

    select
        *,
        {{ strength('rho') }} as strength,
        {{ spearman_bound('rho', 'location_count', 'lower') }} as lower_bound,
        {{ spearman_bound('rho', 'location_count', 'upper') }} as upper_bound
    from deprivation

),

rate_and_deprivation as (

    select
        8 as headline_order,
        {{ sentence(
            "Deprivation is not in these weights. Across {locations} sub-ICB locations, its rank correlation with the "
            ~ "rate by need is {strength} ({rho}, 95% interval {lower} to {upper}), which {meaning}.",
            {
                'locations': format_count('location_count'),
                'strength': 'strength',
                'rho': format_decimal('rho', 2),
                'lower': format_decimal('lower_bound', 2),
                'upper': format_decimal('upper_bound', 2),
                'meaning': "case when upper_bound < 0 then 'says that the more deprived had fewer appointments for their "
                    ~ "patients'' age and sex' when lower_bound > 0 then 'says that the more deprived had more "
                    ~ "appointments for their patients'' age and sex' else 'does not show which of the two had more' end"
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from deprivation_interval

),

what_if as (

    select
        9 as headline_order,
        {{ sentence(
            "If there were {budget} more appointments a month to share out among these ICBs, the lowest rate by need first, "
            ~ "{icbs} would get some, and none would have fewer than {level} per 1,000 weighted patients: {shares}.",
            {
                'budget': 'max(' ~ format_count('budget') ~ ')',
                'icbs': format_count('sum(case when allocated > 0 then 1 else 0 end)'),
                'level': format_decimal('min(level_after)'),
                'shares': join_text(
                    "case when allocated > 0 then icb_name || ' ' || " ~ format_count('allocated') ~ ' end',
                    '; ',
                    'allocated desc, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_allocation_scenario' as evidence_mart
    from {{ ref('mart_allocation_scenario') }}
    where scenario = 'appointments' and area_level = 'ICB'

),

allocation_caveat as (

    select
        10 as headline_order,
        {{ sentence(
            "A low rate is a reason to look closer, not proof of need. Illness, deprivation, ethnicity and distance are "
            ~ "not in the weights, unmet need is not recorded, practices record differently, and those in the data serve "
            ~ "{least} to {most} of an ICB's registered patients.",
            {
                'least': percent('min(coverage_share)'),
                'most': percent('max(coverage_share)')
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from icbs

),

final as (

    {{ sentences_of_question(0, [
        'below_all_ways', 'rates_by_need', 'gaps_by_need', 'changed_sides', 'above_by_need', 'below_by_need',
        'within_icbs', 'rate_and_deprivation', 'what_if', 'allocation_caveat'
    ]) }}

)

select * from final
